import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { edited, stack } from './found';
import { complaints, synthesizedBy } from './synthesized';

type Files = Readonly<Record<string, string>>;

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const main = (name: string, file: string): string =>
  `import { App } from 'cdktf';\nimport { ${name} } from './${file}';\nconst app = new App();\nnew ${name}(app, 'lab');\napp.synth();\n`;

/** A program with a rebase, and the programs that a person would write to promote and to revert it. */
interface Shape {
  readonly name: string;
  readonly pool: string;
  readonly files: Files;
  readonly promoted: Files;
  readonly reverted: Files;
}

const canary = read('stacks/canary.ts').replace(", clones: ['desk-01', 'desk-02'] }", ' }');
const ofCanary = (text: string): Files => ({
  'main.ts': main('CanaryRebase', 'canary'),
  'canary.ts': text,
  'host.ts': read('stacks/host.ts'),
});
const rebaseOfCanary = /\n\n {4}new Rebase\(.*\n/;
const twenty = /```ts\n(import[^]*?)```/
  .exec(read('README.md'))![1]!
  .replace(", clones: ['student-01'] }", ' }');
const inline = twenty.replace(/const (debian\d+) = .*\n/g, '').replace(/: debian(\d+)/g, ': debian($1)');
const rebaseOfTwenty = /new Rebase\(.*\n/;

const shapes: Shape[] = [
  {
    name: 'stacks/canary.ts',
    pool: 'desks',
    files: ofCanary(canary),
    promoted: ofCanary(canary.replace(rebaseOfCanary, '\n').replace('base: debian12', 'base: debian13')),
    reverted: ofCanary(canary.replace(rebaseOfCanary, '\n')),
  },
  {
    name: "the README's twenty lines, in which a person deletes the rebase and names the new base",
    pool: 'students',
    files: { 'main.ts': twenty },
    promoted: {
      'main.ts': twenty.replace(rebaseOfTwenty, '').replace('base: debian12', 'base: debian13'),
    },
    reverted: { 'main.ts': twenty.replace(rebaseOfTwenty, '') },
  },
  {
    name: 'bases that are made inline and must not leave the stack',
    pool: 'students',
    files: { 'main.ts': inline },
    promoted: {
      'main.ts': inline
        .replace(rebaseOfTwenty, 'debian(12);\n')
        .replace('base: debian(12)', 'base: debian(13)'),
    },
    reverted: { 'main.ts': inline.replace(rebaseOfTwenty, 'debian(13);\n') },
  },
  {
    name: 'members of the stack, the rebase in a method of its own',
    pool: 'students',
    ...ofMembers(),
  },
  {
    name: 'functions of the module that are called once',
    pool: 'students',
    ...ofFunctions(),
  },
];

function ofMembers(): Pick<Shape, 'files' | 'promoted' | 'reverted'> {
  const [before] = stack('this.old = debian(12);')['lab.ts']!.split('    this.old =');
  const text = (base: string, rebase: string): Files => ({
    'main.ts': main('Lab', 'lab'),
    'lab.ts': `${before!.replace('  constructor', '  readonly old: Base<{ root: "system"; home: "data" }>;\n  readonly next: Base<{ root: "system"; home: "data" }>;\n  readonly students: ClonePool<{ root: "system"; home: "data" }>;\n\n  constructor')}    this.old = debian(12);
    this.next = debian(13);
    this.students = new ClonePool(this, 'students', { base: ${base}, clones, machine });
    this.move();
  }

  move(): void {
${rebase}  }
}
`,
  });
  return {
    files: text('this.old', "    new Rebase(this, 'r', { pool: this.students, to: this.next });\n"),
    promoted: text('this.next', ''),
    reverted: text('this.old', ''),
  };
}

function ofFunctions(): Pick<Shape, 'files' | 'promoted' | 'reverted'> {
  const text = (base: string, rebase: string): Files => ({
    'main.ts': `import { App, TerraformStack } from 'cdktf';
import * as regraft from 'regraft';

const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new regraft.LibvirtHost(stack, 'host', { uri: 'qemu:///system', storage: { name: 'l', path: '/l' } });
function debian(release: string) {
  const root = regraft.Volume.system({ image: 'https://images.test/' + release });
  return new regraft.Base(stack, release, { host, volumes: { root } });
}
const bases = { old: debian('debian-12'), next: debian('debian-13') };
const machine = { vcpus: 1, memory: '1GiB' } as const;
const students = new regraft.ClonePool(stack, 'students', { base: ${base}, clones: ['a'], machine });
move();
app.synth();

function move() {
${rebase}}
`,
  });
  return {
    files: text(
      'bases.old',
      '  // All at once.\n  new regraft.Rebase(stack, `r`, { pool: students!, to: bases.next });\n',
    ),
    promoted: text('bases.next', ''),
    reverted: text('bases.old', ''),
  };
}

describe.each(shapes)('$name', ({ pool, files, promoted, reverted }) => {
  it.each(['promote', 'revert'] as const)(
    '%s: the edited code synthesizes what a person would have written',
    (verb) => {
      const before = synthesizedBy(files);
      const { file, newText } = edited(verb, files, { pool });
      const after = synthesizedBy({ ...files, [file]: newText });
      expect(after).toBe(synthesizedBy(verb === 'promote' ? promoted : reverted));
      expect(after).not.toBe(before);
    },
  );
});

it('TypeScript takes the edited code with noUnusedLocals', () => {
  const programs = shapes.flatMap(({ pool, files }) =>
    (['promote', 'revert'] as const).map((verb) => {
      const { file, newText } = edited(verb, files, { pool });
      return { ...files, [file]: newText };
    }),
  );
  expect(complaints(shapes.map(({ files }) => files))).toEqual([]);
  expect(complaints(programs)).toEqual([]);
});

/** Programs that say the same in many ways. */
const generated = fc.record({
  bases: fc.constantFrom('variables', 'inline', 'members', 'object'),
  pool: fc.constantFrom('variable', 'member'),
  rebase: fc.constantFrom('statement', 'variable'),
  where: fc.constantFrom('constructor', 'method', 'arrow', 'block'),
  comment: fc.boolean(),
  trailing: fc.boolean(),
  blank: fc.boolean(),
  wide: fc.boolean(),
  used: fc.boolean(),
  lineBreak: fc.constantFrom('\n', '\r\n'),
  bom: fc.boolean(),
  tabs: fc.boolean(),
});
type Generated = typeof generated extends fc.Arbitrary<infer Value> ? Value : never;

/** A program in one stage, as a person would write it; the three differ in the pool's base and in the rebase. */
function program(shape: Generated, stage: 'rebased' | 'promoted' | 'reverted'): Files {
  const [old, next] = {
    variables: ['debian12', 'debian13'],
    inline: ['debian(12)', 'debian(13)'],
    members: ['this.old', 'this.next'],
    object: ['bases.old', 'bases.next'],
  }[shape.bases] as [string, string];
  const bases = {
    variables: ['const debian12 = debian(12);', 'const debian13 = debian(13);'],
    inline: stage === 'promoted' ? ['debian(12);'] : stage === 'reverted' ? ['debian(13);'] : [],
    members: ['this.old = debian(12);', 'this.next = debian(13);'],
    object: ['const bases = { old: debian(12), next: debian(13) };'],
  }[shape.bases];
  const students = shape.pool === 'member' ? 'this.students' : 'students';
  const base = stage === 'promoted' ? next : old;
  const props = shape.wide
    ? `{\n  pool: ${students},\n  to: ${next},\n}`
    : `{ pool: ${students}, to: ${next} }`;
  const made = `${shape.rebase === 'variable' ? 'const moving = ' : ''}new Rebase(this, 'to-debian-13', ${props});`;
  const statement = [
    ...(shape.comment ? ['// They all move.'] : []),
    `${made}${shape.trailing ? ' // at last' : ''}`,
  ];
  const rebase = stage === 'rebased' ? statement : [];
  const wrapped = {
    constructor: rebase,
    method: ['this.move();'],
    arrow: ['const move = () => {', ...rebase, '};', 'move();'],
    block: ['{', ...rebase, '}'],
  }[shape.where];
  const lines = [
    ...bases,
    `${shape.pool === 'member' ? '' : 'const '}${students} = new ClonePool(this, 'students', { base: ${base}, clones, machine });`,
    ...(shape.blank ? [''] : []),
    ...wrapped,
    ...(shape.used ? ['', `console.assert(${students} !== undefined);`] : []),
  ];
  const files = stack(lines.join('\n'));
  const members = `  old!: Base<{ root: 'system'; home: 'data' }>;\n  next!: Base<{ root: 'system'; home: 'data' }>;\n  students!: ClonePool<{ root: 'system'; home: 'data' }>;\n`;
  const text = files['lab.ts']!.replace('  constructor', `${members}\n  constructor`).replace(
    /\}\n$/,
    shape.where === 'method' ? `\n  move() {\n    ${rebase.join('\n    ')}\n  }\n}\n` : '}\n',
  );
  const tabbed = shape.tabs ? text.replace(/^(?: {2})+/gm, (indent) => '\t'.repeat(indent.length / 2)) : text;
  return { ...files, 'lab.ts': (shape.bom ? '\uFEFF' : '') + tabbed.replace(/\n/g, shape.lineBreak) };
}

/** Whether a rebase of that shape names what its pool can name too. */
function isSeen({ pool, where }: Generated): boolean {
  return where !== 'method' || pool === 'member';
}

it('whatever the shape, the edited program synthesizes the promoted or reverted one, and keeps line breaks, BOM and tabs', () => {
  fc.assert(
    fc.property(generated.filter(isSeen), fc.constantFrom('promote', 'revert'), (shape, verb) => {
      const local = shape.where === 'method' && ['variables', 'object'].includes(shape.bases);
      fc.pre(!local && !(shape.where === 'method' && shape.bases === 'inline'));
      const files = program(shape, 'rebased');
      const { newText } = edited(verb, files);
      const wanted = program(shape, verb === 'promote' ? 'promoted' : 'reverted');
      expect(synthesizedBy({ ...files, 'lab.ts': newText })).toBe(synthesizedBy(wanted));
      expect(newText).not.toMatch(/Rebase|They all move|at last/);
      expect(newText).not.toMatch(/\r?\n[ \t]*\r?\n[ \t]*\r?\n/);
      expect(newText.startsWith('\uFEFF')).toBe(shape.bom);
      expect(newText.match(/\r?\n/g)!.every((found) => found === shape.lineBreak)).toBe(true);
      if (shape.tabs) expect(newText).not.toMatch(/^ +/m);
    }),
    { numRuns: 60 },
  );
}, 300_000);
