import type { AmbiguousEdit, CodeEdit, EditVerb } from '../../lib/edits/code-edit';
import { findEdit } from '../../lib/edits/find-edit';
import type { RebasePlan } from '../../lib/model/rebase-plan';

/** What a test says of a search besides the files. */
export interface Search {
  readonly pool?: string;
  /** How many of two clones are rebased. */
  readonly moved?: 1 | 2;
  /** How many rebases the stacks have. */
  readonly synthesized?: number;
}

/** A rebase of a pool of two clones. */
export function planOf(pool: string, moved: 1 | 2 = 2): RebasePlan {
  const clones = ['a', 'b'].map((clone, index) => ({ clone, rebased: index < moved, volumes: [] }));
  return { version: 1, pool, from: 'debian-12', to: 'debian-13', retain: true, clones };
}

/** What is found in files, given by path. */
export function search(verb: EditVerb, files: Readonly<Record<string, string>>, options: Search = {}) {
  const { pool = 'students', moved = 2, synthesized = 1 } = options;
  const list = Object.entries(files).map(([path, text]) => ({ path, text }));
  const rebases = Array.from({ length: synthesized }, () => planOf(pool, moved));
  return findEdit(list, { verb, pool, rebases });
}

/** The edit; a test in which there is none fails with the reason. */
export function edited(verb: EditVerb, files: Readonly<Record<string, string>>, options?: Search): CodeEdit {
  const { result } = search(verb, files, options);
  if ('ambiguous' in result) throw new Error(`ambiguous: ${result.ambiguous}`);
  return result;
}

/** Why there is no edit; a test in which there is one fails with it. */
export function refused(
  verb: EditVerb,
  files: Readonly<Record<string, string>>,
  options?: Search,
): AmbiguousEdit {
  const { result } = search(verb, files, options);
  if ('ambiguous' in result) return result;
  throw new Error(`an edit was found:\n${result.newText}`);
}

/** A stack whose constructor has the given statements. */
export function stack(body: string, before = ''): Record<string, string> {
  const text = `import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Base, ClonePool, LibvirtHost, Network, Rebase, Volume } from 'regraft';
${before}
export class Lab extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const host = new LibvirtHost(this, 'host', {
      uri: 'qemu:///system',
      storage: { name: 'lab', path: '/srv/lab' },
    });
    const debian = (release: number) =>
      new Base(this, \`debian-\${release}\`, {
        host,
        volumes: {
          root: Volume.system({ image: \`https://images.test/\${release}.qcow2\` }),
          home: Volume.data({ size: '1GiB' }),
        },
      });
    const clones = ['a', 'b'];
    const machine = { vcpus: 1, memory: '1GiB', networks: [Network.named('default')] } as const;
${body
  .replace(/^\n+|\s+$/g, '')
  .split('\n')
  .map((line) => (line === '' ? '' : `    ${line}`))
  .join('\n')}
  }
}
`;
  return {
    'lab.ts': text,
    'main.ts': `import { App } from 'cdktf';\nimport { Lab } from './lab';\nconst app = new App();\nnew Lab(app, 'lab');\napp.synth();\n`,
  };
}

/** The bases of most programs. */
export const BASES = `const debian12 = debian(12);\nconst debian13 = debian(13);`;

/** The pool of most programs. */
export const POOL = `const students = new ClonePool(this, 'students', { base: debian12, clones, machine });`;

/** The rebase of most programs. */
export const REBASE = `new Rebase(this, 'to-debian-13', { pool: students, to: debian13 });`;
