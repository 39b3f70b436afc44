import { parseState } from '../../lib/tools/terraform-state';
import type { NewObject } from '../../lib/tools/terraform-state-edit';
import { withObjects, withObjectsOf, withOutputs } from '../../lib/tools/terraform-state-edit';

const provider = 'provider["example.com/dmacvicar/libvirt"].lab';
const volume = (key: string): NewObject => ({
  address: `libvirt_volume.lab__data[${JSON.stringify(key)}]`,
  provider,
  attributes: { id: `/pool/${key}` },
  dependencies: ['libvirt_pool.lab'],
  createBeforeDestroy: false,
});
const before = JSON.stringify({
  version: 4,
  terraform_version: '1.11.4',
  serial: 7,
  lineage: 'line',
  outputs: { regraft: { value: 1, type: 'number', sensitive: true } },
  resources: [
    {
      module: 'module.x',
      mode: 'managed',
      type: 'libvirt_volume',
      name: 'lab__data',
      provider,
      instances: [],
    },
    { mode: 'data', type: 'libvirt_volume', name: 'lab__data', provider, instances: [] },
    {
      mode: 'managed',
      type: 'libvirt_volume',
      name: 'lab__data',
      provider,
      instances: [{ index_key: 'a', schema_version: 0, attributes: { id: '/pool/a' }, private: 'bnVsbA==' }],
    },
  ],
  check_results: null,
});

test('objects are added to their own block, and all else stays as it was, one step on', () => {
  const after = JSON.parse(withObjects(before, [volume('b')])) as { resources: { instances: unknown[] }[] };
  expect(parseState(JSON.stringify(after)).objects.map(({ address }) => address)).toEqual([
    'libvirt_volume.lab__data["a"]',
    'libvirt_volume.lab__data["b"]',
  ]);
  const expected = JSON.parse(before) as { serial: number; resources: { instances: unknown[] }[] };
  after.resources[2]!.instances.pop();
  expect(after).toEqual({ ...expected, serial: 8 });
});

test('without a state one is begun, with a line of history of its own', () => {
  const [one, other] = [withObjects(undefined, [volume('a')]), withObjects(undefined, [volume('a')])].map(
    parseState,
  );
  expect(one).toMatchObject({ serial: 1, objects: [{ address: 'libvirt_volume.lab__data["a"]' }] });
  expect(one!.lineage).not.toBe(other!.lineage);
});

test('what is in the state already is not added twice', () => {
  expect(() => withObjects(before, [volume('a')])).toThrow(/has libvirt_volume.lab__data\["a"\] already/);
  expect(() => withObjects(before, [volume('b'), volume('b')])).toThrow(/already/);
});

test('a state with a number that would not stay exact is not written; one in a text is no number', () => {
  const exact = (value: string): string => before.replace('"value":1', `"value":${value}`);
  expect(() => withObjects(exact('9007199254740993'), [volume('b')])).toThrow(/edit it by hand/);
  expect(() => withObjects(exact('"\\"9007199254740993"'), [volume('b')])).not.toThrow();
});

test('going back gives what the state held before, one step on again', () => {
  const after = withObjects(before, [volume('b')]);
  const back = JSON.parse(withObjectsOf(before, after)) as object;
  expect(back).toEqual({ ...(JSON.parse(before) as object), serial: 9 });
  expect(parseState(withObjectsOf(undefined, withObjects(undefined, [volume('b')]))).objects).toEqual([]);
});

test('other outputs change nothing else, and going back brings the former ones', () => {
  const objects = withObjects(before, [volume('b')]);
  const after = withOutputs(objects, { regraft: { value: 2, type: 'number' } });
  expect(JSON.parse(after)).toEqual({
    ...(JSON.parse(objects) as object),
    outputs: { regraft: { value: 2, type: 'number' } },
  });
  expect(JSON.parse(withObjectsOf(before, after))).toEqual({
    ...(JSON.parse(before) as object),
    serial: 9,
  });
});
