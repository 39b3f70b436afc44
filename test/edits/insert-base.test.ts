import ts from 'typescript';
import type { CodeEdit } from '../../lib/edits/code-edit';
import { insertBase } from '../../lib/edits/insert-base';
import type { PreparedBase } from '../../lib/model/prepared-base';
import { stack } from './found';

const base: PreparedBase = {
  name: 'debian-13',
  volumes: [
    {
      ...{ name: 'root', type: 'system', bus: 'virtio', size: 2 ** 31, boot: true },
      ...{ file: 'debian-13.root.base.qcow2', sha256: 'a'.repeat(64) },
    },
    { name: 'home', type: 'data', bus: 'virtio', size: 2 ** 30, boot: false },
  ],
};
const ROOT = "root: Volume.system({ image: 'https://images.test/12.qcow2' })";
const OLD = `const debian12 = new Base(this, 'debian-12', { host, volumes: { ${ROOT}, home: Volume.data({ size: '1GiB' }) } });`;

function insert(files: Readonly<Record<string, string>>, file = 'lab.ts') {
  const list = Object.entries(files).map(([path, text]) => ({ path, text }));
  return insertBase(list, { file, after: 'debian-12', base });
}

function edited(files: Readonly<Record<string, string>>): CodeEdit {
  const found = insert(files);
  if ('ambiguous' in found) throw new Error(`ambiguous: ${found.ambiguous}`);
  return found;
}

function refused(files: Readonly<Record<string, string>>, file?: string): string {
  const found = insert(files, file);
  if ('ambiguous' in found) return found.ambiguous;
  throw new Error(`an edit was found:\n${found.newText}`);
}

test('the new base stands after the one that the draft is on, in the words of the code there', () => {
  const files = stack(`${OLD} // as installed\nconst rest = 1;`);
  const { newText, oldText, edits } = edited(files);
  const added = `    const debian13 = Base.existing(this, 'debian-13', {
      host,
      volumes: {
        root: Volume.system({ existing: true, size: '2GiB', sha256: '${'a'.repeat(64)}' }),
        home: Volume.data({ size: '1GiB' }),
      },
    });
`;
  expect(newText).toBe(oldText.replace('// as installed\n', `// as installed\n${added}`));
  expect(edits).toMatchObject([{ before: '', after: added.trimEnd() }]);
});

test.each<[string, (text: string) => string, string]>([
  [
    'names of its own',
    (text) =>
      text
        .replace('import { Base, ClonePool, LibvirtHost, Network, Rebase, Volume }', 'import * as regraft')
        .replace(/new (Base|LibvirtHost|ClonePool)/g, 'new regraft.$1')
        .replace(/Volume\.(system|data)/g, 'regraft.Volume.$1')
        .replace("'debian-12', { host,", "'debian-12', { host: this.hosts.first,"),
    "const debian13 = regraft.Base.existing(this, 'debian-13', {\n      host: this.hosts.first,",
  ],
  [
    'an export',
    (text) => text.replace(/^.*class Lab[^]*$/m, `export ${OLD}\n`),
    'export const debian13 = Base',
  ],
  [
    'a name that is taken',
    (text) => text.replace(OLD, `const debian13 = 1;\n    ${OLD}`),
    'const debian13Base = Base',
  ],
  ['no semicolons', (text) => text.replace(`${OLD}`, OLD.slice(0, -1)), '      },\n    })\n'],
  [
    'an existing base',
    (text) => text.replace("new Base(this, 'debian-12'", "Base.existing(this, 'debian-12'"),
    "const debian13 = Base.existing(this, 'debian-13'",
  ],
  ['line ends of Windows', (text) => text.replace(/\n/g, '\r\n'), "'debian-13', {\r\n      host,\r\n"],
])('code with %s', (_, change, expected) => {
  const { 'lab.ts': text, ...others } = stack(OLD);
  const { newText } = edited({ ...others, 'lab.ts': change(text!) });
  expect(newText).toContain(expected);
});

test('what was inserted compiles to code that differs by the one declaration', () => {
  const { newText, oldText } = edited(stack(OLD));
  const plain = (text: string): string => ts.transpile(text, { target: ts.ScriptTarget.ES2022 });
  const [before, after] = [plain(oldText).split('\n'), plain(newText).split('\n')];
  expect(after.filter((line) => !before.includes(line)).join('\n')).toContain(
    'const debian13 = Base.existing',
  );
  expect(before.every((line) => after.includes(line))).toBe(true);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    'the base is made by a function',
    stack('const debian12 = debian(12);'),
    "lab.ts has no new Base(…, 'debian-12', …)",
  ],
  ['it is made twice', stack(`${OLD}\n{ ${OLD} }`), 'lab.ts makes base debian-12 2 times'],
  ['it is in a loop', stack(`for (const _ of [1]) {\n  ${OLD}\n}`), 'base debian-13 is in a loop'],
  [
    'it has no variable',
    stack(OLD.replace('const debian12 = ', '')),
    'not declared by a "const x = new Base(…)"',
  ],
  [
    'its host is a call',
    stack(OLD.replace('host,', 'host: make(),')),
    'does not say its scope and host as plain names',
  ],
  ['its volumes are elsewhere', stack(OLD.replace(/volumes: \{.*\} \}/, 'volumes }')), 'names no Volume'],
  [
    'both names are taken',
    stack(`${OLD}\nconst debian13 = 1;\nconst debian13Base = 2;`),
    'there are variables debian13',
  ],
  ['more stands on its line', stack(`${OLD} const more = 1;`), 'more code stands behind the declaration'],
  ['the file is no code', { 'lab.ts': 'const = ;' }, 'lab.ts is not read as code'],
])('nothing is inserted where a person has to look: %s', (_, files, message) => {
  expect(refused(files)).toContain(message);
});

test('a file that there is not is said', () => {
  expect(refused(stack(OLD), 'other.ts')).toBe('the project has no code other.ts');
});
