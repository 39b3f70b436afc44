import type { GuestBoot } from '../../../lab/guest';
import { volumeOf } from '../../../lab/machines';
import type { CodeChange } from '../../../lab/project';
import type { FleetStatus } from '../../../lib/status';
import { Classroom, eventsOf, flat } from '../rollout/classroom';

/**
 * A base update by `regraft plan` and `regraft apply` with regraft's own provider: the CLI takes the waves, the provider
 * finds the machines off. All other suites run for it too, with `npm run test:provider`.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02'];
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL, health: { retries: 120 } };
const rebased: CodeChange = { ...v1, rebase: { waves: [1, '100%'] } };
const running = Object.fromEntries(ALL.map((name) => [name, 'running']));

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('provider-rollout', 'regraft');
});

afterAll(() => room?.stop());

/** The last boot that a machine has told of. */
function lastBoot(name: string): GuestBoot {
  return room
    .said(name)
    .filter((event): event is GuestBoot => event.event === 'boot')
    .at(-1)!;
}

test('what was planned is applied wave by wave: running machines are asked to leave, one after the other, and run again on the new base with the same data', async () => {
  await room.applied(v1, '--power', 'on');
  for (const name of ALL) await room.machines.note(name, 'home', `data-of-${name}`);
  room.project.write(rebased);
  const planned = await room.regraft.run('plan', '--out', 'bundles');
  expect(planned).toMatchObject({ exitCode: 2 });
  expect(flat(planned.stdout)).toContain('2 clones from guest-v1 to guest-v2');

  const { result, down } = await room.whileDown(() => room.regraft.run('apply', 'bundles/lab', '--json'));
  expect(result).toMatchObject({ exitCode: 0 });
  expect(eventsOf(result).at(-1)).toMatchObject({ event: 'end', state: 'done' });
  for (const name of ALL) expect(down.some((names) => names.includes(name))).toBe(true);
  expect(down.filter((names) => names.length > 1)).toEqual([]);
  expect(await room.states()).toEqual(running);
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v2' });
  for (const name of ALL) {
    // Graceful: it said that it leaves, once.
    expect(room.count(name, 'shutdown')).toBe(1);
    expect(lastBoot(name).os).toBe('v2');
    expect(volumeOf(lastBoot(name), 'home')).toMatchObject({ fresh: false, notes: [`data-of-${name}`] });
    const { home } = room.run().clones[`students/${name}`]!.data;
    expect(home).toMatchObject({ before: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(home!.after).toBe(home!.before);
  }
});

test('status knows the base of each clone and its way back, and every file of the storage pool', async () => {
  const { exitCode, stdout } = await room.regraft.run('status', '--json');
  expect(exitCode).toBe(0);
  const [stack] = (JSON.parse(stdout) as FleetStatus).stacks;
  expect(stack!.hosts).toMatchObject([{ orphans: [], otherFiles: [], otherBackings: [] }]);
  expect(stack!.pools[0]!.clones).toMatchObject(
    ALL.map((clone) => ({
      ...{ clone, base: 'guest-v2', retainedBase: 'guest-v1', stale: false, power: 'running', drift: [] },
    })),
  );
});

test('a restore gives one clone a fresh system; its data, its way back and the other clone are as they were', async () => {
  const other = await room.machines.disks('student-02');
  const retained = await room.machines.file('student-01.root.guest-v1.');
  const said = await room.regraft.run('restore', 'student-01', '--auto-approve');
  expect(said).toMatchObject({ exitCode: 0 });
  expect(flat(said.stdout)).toContain('1 system volume replaced, 1 temporary volume reset');
  expect(volumeOf(lastBoot('student-01'), 'root')).toMatchObject({ fresh: true });
  expect(volumeOf(lastBoot('student-01'), 'home')).toMatchObject({ notes: ['data-of-student-01'] });
  expect(await room.machines.file('student-01.root.guest-v1.')).toBe(retained);
  expect(await room.machines.disks('student-02')).toEqual(other);
  expect(room.count('student-02', 'shutdown')).toBe(1);
  expect(await room.states()).toEqual(running);
  expect(await room.regraft.run('plan')).toMatchObject({ exitCode: 0 });
});
