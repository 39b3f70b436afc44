import fc from 'fast-check';
import { UserError } from '../../lib/model/user-error';
import { TaggedOutput } from '../../lib/tools/tagged-output';
import { LostConnection } from '../../lib/tools/virsh-connection';
import { VirshShells } from '../../lib/tools/virsh-shells';

/** A real virsh on the host that libvirt keeps in its own memory (`test:///default`). */
const shells = new VirshShells('test:///default', { env: process.env });

afterAll(() => shells.close());

const HOSTILE = [
  '"',
  "'",
  '\\',
  ';',
  ' ',
  '  ',
  '#',
  '$(id)',
  '`',
  '--',
  '-',
  '!',
  '\\"',
  'é',
  '日本',
  '😀',
  '\u2028',
];
const word = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })), { maxLength: 10 })
  .map((parts) => parts.join(''))
  .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));

test('whatever a word holds, virsh is told this one word', async () => {
  await fc.assert(
    fc.asyncProperty(word, fc.array(word, { maxLength: 5 }), async (one, many) => {
      expect(await shells.command(['echo', '--string', one])).toBe(one);
      expect(await shells.must(...many.map((text) => ['echo', '--string', text]))).toEqual(many);
    }),
  );
});

test('a word with a control character or half a character is never sent', async () => {
  const bad = fc.oneof(
    fc.integer({ min: 0, max: 0x1f }),
    fc.integer({ min: 0x7f, max: 0x9f }),
    fc.integer({ min: 0xd800, max: 0xdfff }),
  );
  await fc.assert(
    fc.asyncProperty(word, bad, word, async (before, code, after) => {
      const text = `${before}-${String.fromCharCode(code)}-${after}`;
      await expect(shells.command(['echo', text])).rejects.toThrow(UserError);
    }),
  );
});

test('an error belongs to the command that made it', async () => {
  const acts = [
    shells.command(['domstate', '--domain', 'none']),
    shells.command(['domstate', '--domain', 'test']),
    shells.command(['domstate', '--domain', 'nobody']),
  ];
  const ended = await Promise.allSettled(acts);
  expect(ended.map((end) => (end.status === 'fulfilled' ? end.value.trim() : String(end.reason)))).toEqual([
    "UserError: failed to get domain 'none'",
    'running',
    "UserError: failed to get domain 'nobody'",
  ]);
});

test.each([
  ['a libvirt that is away', 'qemu:///system?socket=/nowhere', { env: process.env }, true, /\/nowhere/],
  [
    'a URI that libvirt does not take',
    'qemu+pigeon:///system',
    { env: process.env },
    false,
    /not recognised[^;]*$/,
  ],
  ['no virsh', 'test:///default', { env: { PATH: '/nowhere' } }, false, /there is no program virsh: install/],
])('%s is said as such', async (_, uri, surroundings, isLost, words) => {
  const away = new VirshShells(uri, surroundings);
  const error = await away.command(['list']).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error instanceof LostConnection).toBe(isLost);
  expect((error as Error).message).toMatch(words);
  await away.close();
});

test('a mark is seen in whatever pieces it comes', () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes('-mark')),
      fc.array(fc.nat(40)),
      (before, cuts) => {
        const bytes = Buffer.from(`${before}é-mark`);
        const output = new TaggedOutput('-mark');
        const places = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        [0, ...places].forEach((start, index) => {
          output.add(bytes.subarray(start, places[index]));
          expect(output.complete).toBe(places[index] === undefined);
        });
        expect(output.complete).toBe(true);
        expect(output.text).toBe(bytes.toString());
      },
    ),
  );
});
