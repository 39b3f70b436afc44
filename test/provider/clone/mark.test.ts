import fc from 'fast-check';
import type { CloneMark } from '../../../lib/provider/clone/mark';
import { MARK_NAMESPACE, markElement, parseMark } from '../../../lib/provider/clone/mark';
import { writeXml } from '../../../lib/provider/clone/xml-tree';

/** All that XML takes. */
const text = fc
  .string({ unit: 'binary' })
  // eslint-disable-next-line no-control-regex
  .filter((one) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(one));
const paths = fc.dictionary(
  text.filter((name) => name !== '__proto__'),
  text,
  { noNullPrototype: true },
);
const mark = fc.record({
  ...{ name: text, base: text, retain: fc.option(text), inputs: text, volumes: paths, retained: paths },
});

const domain = (metadata: string): string =>
  `<domain type='qemu'><name>a</name><metadata>${metadata}</metadata><devices/></domain>`;

test('a mark is read as it was written, whatever text it holds, also beside what others have written', () => {
  const others = `<o:clone xmlns:o="urn:other" name="other"/><regraft:volumes xmlns:regraft="https://regraft.dev/xmlns/volumes/1"/>`;
  fc.assert(
    fc.property(mark, (value) => {
      expect(parseMark(domain(`${others}${writeXml(markElement(value))}`))).toEqual(value);
    }),
  );
});

test('the element is one line of a name space of its own', () => {
  const value: CloneMark = {
    ...{ name: 'a', base: 'debian-12', retain: null, inputs: '0f' },
    ...{ volumes: { root: '/pool/a&b.qcow2' }, retained: {} },
  };
  expect(writeXml(markElement(value))).toBe(
    `<regraft:clone xmlns:regraft="${MARK_NAMESPACE}" name="a" base="debian-12" inputs="0f"><regraft:volume name="root" path="/pool/a&#38;b.qcow2"/></regraft:clone>`,
  );
});

test.each([
  ['no metadata', '<domain><name>a</name></domain>'],
  ['another name space', domain('<regraft:clone xmlns:regraft="urn:other" name="a"/>')],
  ['no name', domain(`<regraft:clone xmlns:regraft="${MARK_NAMESPACE}" base="b" inputs="0"/>`)],
])('a machine with %s has no mark', (_, xml) => {
  expect(parseMark(xml)).toBeUndefined();
});
