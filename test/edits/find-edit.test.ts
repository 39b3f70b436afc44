import { BASES, edited, POOL, REBASE, refused, search, stack } from './found';

/** A stack with some of its statements other than usual. */
function lab({ bases = BASES, pool = POOL, rebase = REBASE, before = '' } = {}): Record<string, string> {
  return stack([bases, pool, rebase].join('\n'), before);
}

const elsewhere = {
  'pools.ts': `import { ClonePool } from 'regraft';\nexport const students = new ClonePool(scope, 'students', { base: debian12, clones: [], machine });\n`,
  'index.ts': `export { students as everyone } from './pools';\n`,
};

describe('what is edited', () => {
  it.each<[string, Record<string, string>]>([
    ['a statement', lab()],
    ['a variable that nothing uses', lab({ rebase: `const moving = ${REBASE}` })],
    [
      'a pool by another name',
      lab({ rebase: `const all = students;\n${REBASE.replace('students', 'all')}` }),
    ],
    ['a pool that is assigned later', lab({ pool: POOL.replace('const', 'let students;\n') })],
    [
      'a member of the stack',
      lab({ pool: POOL.replace('const ', 'this.'), rebase: REBASE.replace('students', 'this.students') }),
    ],
    ['a pool as a type says', lab({ rebase: REBASE.replace('students', '(students as ClonePool)!') })],
    ['names as templates', lab({ rebase: REBASE.replace(/'/g, '`') })],
    [
      'properties over lines',
      lab({ rebase: "new Rebase(this, 'r', {\n  pool: students,\n  to: debian13,\n});" }),
    ],
    ['a block of its own', lab({ rebase: `{\n  ${REBASE}\n}` })],
    ['a function that is called at once', lab({ rebase: `(() => {\n  ${REBASE}\n})();` })],
  ])('%s', (_name, files) => {
    for (const verb of ['revert', 'promote'] as const) {
      const { file, newText, edits } = edited(verb, files);
      expect(file).toBe('lab.ts');
      expect(newText).not.toContain('Rebase');
      expect(newText).toContain(verb === 'promote' ? 'base: debian13' : 'base: debian12');
      for (const { line, before } of edits) {
        const lines = files['lab.ts']!.split('\n').slice(line - 1);
        if (before !== '') expect(lines.join('\n').startsWith(before)).toBe(true);
      }
    }
  });

  it('a revert finds a pool of another file, through what exports it; a promote does not', () => {
    const files = {
      ...elsewhere,
      'main.ts': `import { Rebase } from 'regraft';\nimport { everyone } from './index.js';\nnew Rebase(app, 'r', { pool: everyone, to: debian13 });\n`,
    };
    expect(edited('revert', files).newText).toBe('');
    expect(refused('promote', files).ambiguous).toContain(
      'declared in another file than the Rebase (pools.ts:2)',
    );
  });

  it.each(['js', 'mjs', 'mts', 'tsx'])('a file named .%s', (extension) => {
    const { 'lab.ts': text } = lab();
    const plain = text!
      .replace("import type { Construct } from 'constructs';\n", '')
      .replace('scope: Construct, id: string', 'scope, id')
      .replace('release: number', 'release')
      .replace(' as const', '');
    const { file } = edited('promote', {
      [`lab.${extension}`]: plain,
      'main.js': `import { Lab } from './lab';\nnew Lab(app, 'lab');\n`,
    });
    expect(file).toBe(`lab.${extension}`);
  });

  it('JavaScript with require', () => {
    const text = `const { Rebase, ClonePool } = require('regraft');\nconst pool = new ClonePool(s, 'students', { base: old });\n\nnew Rebase(s, 'r', { pool, to: next });\n`;
    const { newText, remarks } = edited('revert', { 'app.js': text });
    expect(newText).toBe(text.replace(/\n\nnew Rebase.*\n/, '\n'));
    expect(remarks).toEqual([
      { kind: 'unused', text: 'Rebase', line: 1 },
      { kind: 'unused', text: 'pool', line: 2 },
    ]);
  });
});

describe('what goes with the statement', () => {
  const after = (rebase: string, verb: 'revert' | 'promote' = 'revert'): string =>
    edited(verb, lab({ rebase, pool: `${POOL}\nconsole.log(students);` })).newText;

  it('the comment lines that touch it and the comment behind it go; one with a blank line between stays', () => {
    const text = after(
      `\n// About the pool.\n\n// About the rebase,\n/* over lines */\n${REBASE} // behind\n`,
    );
    expect(text).toContain('// About the pool.');
    expect(text).not.toMatch(/About the rebase|over lines|behind/);
  });

  it('one blank line at most remains, and none before a closing brace', () => {
    expect(after(`\n${REBASE}\n\nconsole.log(1);`)).toContain(
      'console.log(students);\n\n    console.log(1);',
    );
    expect(after(`\n${REBASE}`)).toContain('console.log(students);\n  }\n}\n');
  });

  it('other code on its line stays', () => {
    expect(after(`console.log(1); ${REBASE} console.log(2);`)).toContain(
      '    console.log(1); console.log(2);\n',
    );
  });

  it('an import goes with its last use, on its own line too, and stays when a type uses it', () => {
    const files = lab({
      before: "import {\n  chosen,\n  type Word,\n} from './chosen';\nexport type Own = Word;",
      rebase: REBASE.replace('to:', 'clones: chosen, to:'),
    });
    const { newText } = edited('revert', files);
    expect(newText).toContain("import {\n  type Word,\n} from './chosen';");
    expect(newText).toContain("import { Base, ClonePool, LibvirtHost, Network, Volume } from 'regraft';");
    expect(edited('revert', lab({ before: 'export type Moving = Rebase;' })).newText).toContain(', Rebase, ');
  });

  it('a list that only the rebase used goes, and a construct that only it used stays without a name', () => {
    const { newText, remarks } = edited(
      'revert',
      lab({ rebase: `const few = ['a'];\n${REBASE.replace('to:', 'clones: few, to:')}` }),
    );
    expect(newText).not.toContain('few');
    expect(newText).toContain('\n    debian(13);\n    new ClonePool(');
    expect(remarks.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'unnamed students',
      'unnamed debian13',
    ]);
  });
});

describe('a base that is made inline', () => {
  it('stays in the code, as Terraform refuses to destroy it', () => {
    const files = lab({
      bases: '',
      pool: POOL.replace('debian12', 'debian(12)'),
      rebase: REBASE.replace('debian13', 'debian(13)'),
    });
    expect(edited('revert', files).newText).toMatch(/machine \}\);\n {4}debian\(13\);\n {2}\}/);
    const { newText, remarks } = edited('promote', files);
    expect(newText).toMatch(/\n {4}debian\(12\);\n.*base: debian\(13\), clones, machine \}\);\n {2}\}/);
    expect(remarks).toContainEqual({
      kind: 'kept',
      text: 'debian(12);',
      line: newText.split('\n').indexOf('    debian(12);') + 1,
    });
  });

  it('is indented where it comes to stand', () => {
    const inline = `new Rebase(this, 'r', {\n  pool: students,\n  to: new Base(this, 'debian-13', {\n    host,\n    volumes: {},\n  }),\n});`;
    const pool = `const students = new ClonePool(this, 'students', { base: debian12, clones, machine });`;
    expect(
      edited('promote', lab({ bases: 'const debian12 = debian(12);', pool, rebase: inline })).newText,
    ).toContain(`{ base: new Base(this, 'debian-13', {\n      host,\n      volumes: {},\n    }), clones`);
  });
});

describe('what a person has to do', () => {
  it.each<[string, string, Record<string, string>]>([
    [
      'two rebases',
      'the code has 2 Rebases of pool students',
      lab({ rebase: `${REBASE}\n${REBASE.replace('to-', 'again-')}` }),
    ],
    ['a condition', 'in a condition', lab({ rebase: `if (id) ${REBASE}` })],
    ['a short condition', 'something else uses it', lab({ rebase: `void (id && ${REBASE.slice(0, -1)});` })],
    ['a loop', 'in a loop', lab({ rebase: `for (const one of [1]) {\n  ${REBASE}\n}` })],
    [
      'a callback',
      'in a function that other code calls',
      lab({ rebase: `[1].forEach(() => {\n  ${REBASE}\n});` }),
    ],
    ['a try', 'in a try', lab({ rebase: `try {\n  ${REBASE}\n} catch {}` })],
    ['a return before it', 'comes after a return', lab({ rebase: `if (!id) return;\n${REBASE}` })],
    [
      'a function called twice',
      'function move, which is used 2 times',
      lab({ rebase: `const move = () => {\n  ${REBASE}\n};\nmove();\nmove();` }),
    ],
    [
      'a function handed on',
      'used other than by one plain call',
      lab({ rebase: `const move = () => {\n  ${REBASE}\n};\n[1].map(move);` }),
    ],
    [
      'a name that is computed',
      'name is not written as a text',
      lab({ rebase: REBASE.replace("'to-debian-13'", '`to-${id}`') }),
    ],
    [
      'a rebase that is used',
      'something else uses it',
      lab({ rebase: `const moving = ${REBASE}\nconsole.log(moving.plan);` }),
    ],
    ['a member that holds it', 'something else uses it', lab({ rebase: `this.moving = ${REBASE}` })],
    [
      'an unknown pool beside it',
      'does not tell which pool',
      lab({
        rebase: `${REBASE}\nfor (const pool of pools) new Rebase(this, pool.name, { pool, to: debian13 });`,
      }),
    ],
    [
      'properties from elsewhere',
      'does not tell which pool',
      lab({ rebase: REBASE.replace('{ ', '{ ...props, ') }),
    ],
    [
      'a pool that a function returns',
      'does not tell which pool',
      lab({ rebase: REBASE.replace('students', 'poolOf(this)') }),
    ],
    [
      'a pool with two values',
      'does not tell which pool',
      lab({ pool: `${POOL.replace('const', 'let')}\nstudents = other;` }),
    ],
    [
      'a class made twice',
      'class Lab, which is used 2 times',
      { ...lab(), 'other.ts': `import { Lab } from './lab';\nnew Lab(app, 'other');\n` },
    ],
    [
      'a class made twice by a namespace',
      'class Lab, which is used 2 times',
      { ...lab(), 'other.ts': `import * as labs from './lab';\nnew labs.Lab(app, 'other');\n` },
    ],
    [
      'a class that another one extends',
      'class Lab, which is used 2 times',
      { ...lab(), 'other.ts': `import { Lab } from './lab';\nexport class Other extends Lab {}\n` },
    ],
    ['a class that nothing makes', 'nothing in the project', { 'lab.ts': lab()['lab.ts']! }],
    ['none at all', 'no Rebase of pool students is found', lab({ rebase: '' })],
  ])('%s', (_name, reason, files) => {
    for (const verb of ['revert', 'promote'] as const) {
      const { ambiguous, places } = refused(verb, files);
      expect(ambiguous).toContain(reason);
      for (const { file, line, text } of places)
        expect(files[file]!.split('\n')[line - 1]!.trim()).toBe(text);
      expect(places.some(({ text }) => text.includes('Rebase('))).toBe(files['lab.ts']!.includes('Rebase('));
    }
  });

  it.each<[string, string, Record<string, string>]>([
    [
      'a base declared after the pool',
      'debian13 is declared after the pool',
      stack(`const debian12 = debian(12);\n${POOL}\nconst debian13 = debian(13);\n${REBASE}`),
    ],
    [
      'a base of an inner block',
      'debian13 is not known where the pool is',
      stack(`const debian12 = debian(12);\n${POOL}\n{\n  const debian13 = debian(13);\n  ${REBASE}\n}`),
    ],
    [
      'another base of that name',
      'debian13 is not known where the pool is',
      lab({ rebase: `{\n  const debian13 = debian(14);\n  ${REBASE}\n}` }),
    ],
    [
      'a base with two values',
      'debian13 has several values',
      lab({
        bases: BASES.replace(/const (debian13)/, 'let $1'),
        rebase: `debian13 = debian(14);\n${REBASE}`,
      }),
    ],
    [
      'a function that needs what comes later',
      'late is declared after the pool',
      stack(
        `const debian12 = debian(12);\nconst newer = () => debian(late);\n${POOL}\nconst late = 13;\n${REBASE.replace('debian13', 'newer()')}`,
      ),
    ],
    [
      'a map that is filled later',
      'bases may change between',
      stack(
        `const bases = new Map([[12, debian(12)]]);\nconst debian12 = bases.get(12)!;\n${POOL}\nbases.set(13, debian(13));\n${REBASE.replace('debian13', 'bases.get(13)!')}`,
      ),
    ],
    [
      'a member that is set later',
      'this.next is set after the pool',
      lab({ rebase: `this.next = debian13;\n${REBASE.replace('debian13', 'this.next')}` }),
    ],
    [
      'a base by a condition',
      "the pool's base depends on a condition",
      lab({ pool: POOL.replace('debian12', 'id ? debian12 : debian13') }),
    ],
    [
      'a pool in a condition',
      'the pool is in a condition',
      stack(`${BASES}\nlet students: any;\nif (id) students = ${POOL.split('= ')[1]!}\n${REBASE}`),
    ],
    [
      'a base that is handed in',
      'is handed to the function',
      stack(
        `${BASES}\nlet students: any;\nconst make = (base: any) => {\n  students = new ClonePool(this, 'students', { base, clones, machine });\n};\nmake(debian12);\n${REBASE}`,
      ),
    ],
    [
      'pool properties from elsewhere',
      'does not say "base"',
      lab({ pool: POOL.replace('base: debian12', '...props') }),
    ],
    ['a sequence', 'cannot be moved', lab({ rebase: REBASE.replace('debian13', '(debian(13), debian13)') })],
  ])('of a promote only: %s', (_name, reason, files) => {
    expect(refused('promote', files).ambiguous).toContain(reason);
    expect(edited('revert', files).newText).not.toContain('Rebase(');
  });

  it('a promote of a canary: first all, or back', () => {
    const rebase = REBASE.replace('to:', "clones: ['a'], to:");
    const { ambiguous, places } = refused('promote', lab({ rebase }), { moved: 1 });
    expect(ambiguous).toContain('moves 1 of 2 clones of pool students');
    expect(ambiguous).toContain('take "clones" out of it and apply that first, or revert');
    expect(places.map(({ todo }) => todo)).toEqual(['take this out, to rebase all clones first']);
    // What names all clones is a rebase of all.
    expect(edited('promote', lab({ rebase: rebase.replace("['a']", "['a', 'b']") })).newText).not.toContain(
      'Rebase(',
    );
    // The stacks are older than the code.
    expect(refused('promote', lab(), { moved: 1 }).ambiguous).toContain(
      'synthesize it, apply that, then promote',
    );
  });

  it('one Rebase that makes several', () => {
    expect(refused('revert', lab(), { synthesized: 2 }).ambiguous).toContain(
      'makes 2 rebases of pool students',
    );
  });

  it('code that would read otherwise without the statement', () => {
    const text = `import { Rebase, ClonePool } from 'regraft'\nconst students = new ClonePool(app, 'students', { base: debian12 })\nconsole.log(students)\nnew Rebase(app, 'r', { pool: students, to: debian13 });\n[1].forEach(console.log)\n`;
    expect(refused('revert', { 'app.ts': text }).ambiguous).toContain('around line 4 would read otherwise');
  });
});

it('a file that is no code is passed over and told, whether an edit is found or not', () => {
  const broken = { 'broken.ts': 'new Rebase(' };
  const { result, unread } = search('revert', { ...lab(), ...broken });
  expect(result).toHaveProperty('newText');
  expect(unread).toEqual([{ file: 'broken.ts', why: expect.stringContaining('Unexpected token') as string }]);
  const { result: none, unread: same } = search('revert', broken);
  expect(none).toHaveProperty('ambiguous', "no Rebase of pool students is found in the project's files");
  expect(same).toHaveLength(1);
});
