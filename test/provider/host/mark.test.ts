import fc from 'fast-check';
import { UserError } from '../../../lib/model/user-error';
import { VOLUME_TYPES } from '../../../lib/model/volume-type';
import { CLONE_NAMESPACE, markXml, readMark } from '../../../lib/provider/host/mark';

const HOSTILE = [
  '&',
  '&amp;',
  '&#34;',
  '&amp;#34;',
  '<',
  '>',
  '"',
  "'",
  ' ',
  '\n',
  '\t',
  '\r',
  '/>',
  ']]>',
  '${',
  'é',
  '😀',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme' })), { maxLength: 8 })
  .map((parts) => parts.join(''))
  .filter((value) => !/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(value));

const mark = fc.record({
  name: text.filter((value) => value !== ''),
  base: text,
  retain: fc.option(text),
  inputs: text,
  volumes: fc.array(fc.record({ name: text, type: fc.constantFrom(...VOLUME_TYPES), path: text })),
});

const domain = (metadata: string): string =>
  `<domain type='qemu'><name>a</name><metadata>${metadata}</metadata><devices/></domain>`;

test('a mark is read as it was written, whatever text it holds, also beside what others have written', () => {
  const others = `<o:clone xmlns:o="urn:other" name="other"/><regraft:volumes xmlns:regraft="https://regraft.dev/xmlns/volumes/1"/>`;
  fc.assert(
    fc.property(mark, (value) => {
      expect(readMark(domain(`${others}${markXml(value)}`))).toEqual(value);
    }),
  );
});

test('the element is one line of a name space of its own, as it stands in the documentation', () => {
  const volumes = [{ name: 'root', type: 'system', path: '/pool/a&b.qcow2' }] as const;
  expect(markXml({ name: 'a', base: 'debian-12', retain: null, inputs: '0f', volumes })).toBe(
    `<regraft:clone xmlns:regraft="${CLONE_NAMESPACE}" name="a" base="debian-12" inputs="0f"><regraft:volume name="root" type="system" path="/pool/a&#38;b.qcow2"/></regraft:clone>`,
  );
});

test.each([
  ['no metadata', '<domain><name>a</name></domain>'],
  ['another name space', domain('<regraft:clone xmlns:regraft="urn:other" name="a"/>')],
  ['no name', domain(`<regraft:clone xmlns:regraft="${CLONE_NAMESPACE}"/>`)],
  [
    'a volume of an unknown type',
    domain(
      `<r:clone xmlns:r="${CLONE_NAMESPACE}" name="a"><r:volume name="x" type="swap" path="/x"/></r:clone>`,
    ),
  ],
])('a machine with %s has no mark', (_, xml) => {
  expect(readMark(xml)).toBeUndefined();
});

test('text that XML cannot hold is refused', () => {
  fc.assert(
    fc.property(fc.constantFrom('\0', '\u0007', '\u001b', '\uffff', '\ud800'), (character) => {
      const bad = { name: `a${character}`, base: 'b', retain: null, inputs: '', volumes: [] };
      expect(() => markXml(bad)).toThrow(UserError);
    }),
  );
});
