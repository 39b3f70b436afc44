import { patiently } from '../../../lib/operations/power/patience';
import { UserError } from '../../../lib/model/user-error';
import { Machines } from '../../../lib/tools/machines';
import { LostConnection } from '../../../lib/tools/virsh-connection';

test('what libvirt does not answer because it is away is asked again, until it answers', async () => {
  let asked = 0;
  const answer = patiently(async () => {
    if (++asked < 3) throw new LostConnection('away');
    return asked;
  });
  expect(await answer).toBe(3);
});

test('trouble that is not the connection’s is not tried again', async () => {
  let asked = 0;
  const answer = patiently(() => Promise.reject(new UserError(`refused ${++asked}`)));
  await expect(answer).rejects.toThrow('refused 1');
});

test('an interruption ends the trying', async () => {
  const interrupt = new AbortController();
  const answer = patiently(() => {
    interrupt.abort(new Error('interrupted'));
    return Promise.reject(new LostConnection('away'));
  }, interrupt.signal);
  await expect(answer).rejects.toThrow('interrupted');
});

test.each([
  ['a libvirt that is away is told from one that never comes', 'qemu:///system?socket=/nowhere', true],
  ['a URI that libvirt does not take is at fault for good', 'qemu+pigeon:///system', false],
])('%s', async (_, uri, isLost) => {
  const error = await new Machines(uri, { env: process.env })
    .states(['a'])
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error instanceof LostConnection).toBe(isLost);
});
