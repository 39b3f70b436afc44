import type { ObjectValue } from '../../lib/provider/protocol/values';
import { UNKNOWN } from '../../lib/provider/protocol/values';
import { timeDigits, validateProvider } from '../../lib/provider/validate-provider';

const good = { uri: 'qemu:///system', storage: { name: 'lab', path: '/var/lib/libvirt/lab' } };

test('a time becomes 14 digits in UTC', () => {
  expect(timeDigits('2026-11-24T14:05:06Z')).toBe('20261124140506');
  expect(timeDigits('2026-11-24T23:30:00+02:00')).toBe('20261124213000');
  expect(timeDigits('yesterday')).toBeUndefined();
});

test('a good block has no problem, and neither has one of which nothing is known yet', () => {
  expect(validateProvider({ ...good, plan_time: '2026-11-24T14:05:06Z' })).toEqual([]);
  const unknown: ObjectValue = Object.fromEntries(
    ['uri', 'storage', 'on_busy', 'power', 'proof', 'shutdown_timeout', 'starts_at_once', 'plan_time'].map(
      (name): [string, typeof UNKNOWN] => [name, UNKNOWN],
    ),
  );
  expect(validateProvider(unknown)).toEqual([]);
});

test.each([
  [{ uri: 'localhost' }, ['uri']],
  [{ on_busy: 'wait' }, ['on_busy']],
  [{ power: 'yes' }, ['power']],
  [{ proof: 'sha1' }, ['proof']],
  [{ shutdown_timeout: 0.5 }, ['shutdown_timeout']],
  [{ starts_at_once: 0 }, ['starts_at_once']],
  [{ plan_time: 'now' }, ['plan_time']],
  [{ storage: { name: 'lab', path: 'relative' } }, ['storage', 'path']],
  [{ storage: { name: 'a b', path: '/srv' } }, ['storage', 'name']],
])('%j is refused where it stands', (wrong, attribute) => {
  expect(validateProvider({ ...good, ...wrong }).map((one) => one.attribute)).toEqual([attribute]);
});
