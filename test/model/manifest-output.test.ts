import fc from 'fast-check';
import { manifestOutput, outputValue } from '../../lib/model/manifest';

test('whatever a manifest holds is read back from its output', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (manifest) => {
      expect(outputValue('regraft', manifestOutput(manifest))).toEqual(JSON.parse(JSON.stringify(manifest)));
    }),
  );
});

test('the text of a manifest does not tell in which order its parts were declared', () => {
  expect(manifestOutput({ b: [{ d: 1, c: 2 }], a: 3 })).toBe(manifestOutput({ a: 3, b: [{ c: 2, d: 1 }] }));
});

test.each(['${var.uri}', '$${escaped}', '%{ if true }'])(
  'a manifest with %s, which Terraform reads by rules of its own, stays an object',
  (text) => {
    const manifest = { hosts: { lab: { uri: text } } };
    expect(manifestOutput(manifest)).toBe(manifest);
  },
);

test('an output of somebody else that is a text of JSON stays a text', () => {
  expect(outputValue('other', '{"version":1}')).toBe('{"version":1}');
});
