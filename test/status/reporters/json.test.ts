import Ajv from 'ajv';
import { DRIFT_KINDS, HOOK_STATES, jsonStatus, POWERS, VOLUME_USES } from '../../../lib/status';
import { DEPENDENT_KINDS } from '../../../lib/status';
import schema from '../../../lib/status/reporters/status.schema.json';

const validate = new Ajv().compile(schema);

test('the schema knows exactly the words of the code', () => {
  const { clone, volume, dependent, drift, host } = schema.definitions;
  expect(clone.properties.power.enum).toEqual(POWERS);
  expect(volume.properties.use.enum).toEqual(VOLUME_USES);
  expect(dependent.properties.kind.enum).toEqual(DEPENDENT_KINDS);
  expect(drift.properties.kind.enum).toEqual(DRIFT_KINDS);
  expect(host.properties.hook.enum).toEqual(HOOK_STATES);
});

test('the schema refuses what is no status', () => {
  expect(validate({ version: 1, stacks: [] })).toBe(true);
  expect(validate({ version: 2, stacks: [] })).toBe(false);
  expect(validate({ version: 1, stacks: [{ stack: 'lab' }] })).toBe(false);
});

test('one of many is one line', () => {
  expect(jsonStatus({ version: 1, stacks: [] }, { oneLine: true })).toBe('{"version":1,"stacks":[]}\n');
});
