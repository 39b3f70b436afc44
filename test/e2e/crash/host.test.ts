import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../../lab/lab';
import { CrashFleet } from './crash-fleet';
import { report } from './report';
import { SmallDisk } from './small-disk';

/**
 * The host fails under a rollout: libvirtd is killed, the disk is full; the same command is run again.
 *
 * In CI libvirtd is killed twice; `npm run test:crash` does it ten times.
 */
const kills = process.env['REGRAFT_CRASH_POINTS'] === undefined ? 2 : 10;
let disk: SmallDisk;
let lab: Lab;
let fleet: CrashFleet;
let base: 'v1' | 'v2' = 'v1';
/** How long a rollout takes when nothing fails, in milliseconds. */
let span = 0;

beforeAll(async () => {
  disk = new SmallDisk(160 * 2 ** 20);
  lab = await Lab.start({ name: 'host-crash', pools: disk.path });
  fleet = new CrashFleet(lab, 3);
  await fleet.create();
});

afterAll(async () => {
  fleet?.project.remove();
  await lab?.stop();
  disk?.remove();
});

/** The code asks for the other base. */
function turn(): void {
  base = base === 'v1' ? 'v2' : 'v1';
  fleet.project.write(base === 'v2' ? fleet.stages.rebased : fleet.stages.settled);
}

function verb(): string {
  return base === 'v2' ? 'rebase' : 'revert';
}

test('without a failure, a rollout is the measure for the others', async () => {
  const note = await fleet.writeNotes();
  const digests = await fleet.machines.dataDigests();
  turn();
  const begun = Date.now();
  await fleet.applies();
  span = Date.now() - begun;
  expect(await fleet.faults({ base, note, digests })).toEqual([]);
});

test.each(Array.from({ length: kills }, (_, index) => index + 1))(
  'libvirtd is killed and started again, time %i: the rollout goes on, or the same command does',
  async (time) => {
    const note = await fleet.writeNotes();
    const digests = await fleet.machines.dataDigests();
    turn();
    const running = fleet.regraft.run('apply', '--auto-approve', '--shutdown-timeout', '60');
    await sleep((span * time) / (kills + 1));
    await lab.restartLibvirtd();
    const { exitCode, stderr } = await running;
    expect(stderr).not.toContain('a bug in regraft');
    if (exitCode !== 0) await fleet.applies();
    const faults = await fleet.faults({ base, note, digests });
    const how = exitCode === 0 ? 'went on by itself' : 'by the same command';
    report(verb(), `libvirtd killed after ${time}/${kills + 1} of its time`, how, faults);
    expect(faults).toEqual([]);
  },
);

test('the disk is full when overlays are made: nothing is lost, and with room again the same command finishes', async () => {
  const note = await fleet.writeNotes();
  const digests = await fleet.machines.dataDigests();
  turn();
  disk.fill(100 * 2 ** 10);
  const { exitCode, stderr } = await fleet.regraft.run('apply', '--auto-approve', '--shutdown-timeout', '60');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
  // A guest that writes while there is no room, at its shutdown say, is paused by QEMU until there is some.
  expect(stderr).toMatch(/No space left on device|is paused and hears no power button/);
  disk.empty();
  for (const clone of fleet.running) await lab.virsh('resume', clone).catch(() => undefined);
  await fleet.applies();
  const faults = await fleet.faults({ base, note, digests });
  report(verb(), 'the disk is full', 'by the same command', faults);
  expect(faults).toEqual([]);
});
