import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConsole } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines as LabMachines } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import type { StopOptions, Stopped } from '../../lib/operations/power/stop';
import { stopMachines } from '../../lib/operations/power/stop';
import { startMachines } from '../../lib/operations/power/start';
import { Machines } from '../../lib/tools/machines';

/**
 * How machines are stopped and started, on real ones: guests that obey, and firmware that hears no power button.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const v1: CodeChange = { bases: ['v1'], base: 'v1', clones: ALL };

let lab: Lab;
let project: Project;
let guests: LabMachines;
let machines: Machines;

beforeAll(async () => {
  lab = await Lab.start({ name: 'power' });
  project = new Project(lab);
  guests = new LabMachines(lab);
  machines = new Machines(lab.uri, { env: process.env });
  project.write(v1);
  const { exitCode, text } = await project.deploy();
  if (exitCode !== 0) throw new Error(`cdktf deploy ended with ${exitCode}:\n${text.slice(-4000)}`);
  await machines.define(deaf);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

/** A machine without a system: it stays in its firmware, which ignores the power button. */
const deaf = `<domain type="qemu"><name>deaf</name><memory unit="MiB">64</memory>
  <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features></domain>`;

async function stop(
  names: string[],
  options: Partial<StopOptions> = {},
  onAsked = (): void => undefined,
): Promise<Record<string, Stopped>> {
  const all = { timeout: 120, onBusy: 'skip', ...options } as const;
  const stopped = await stopMachines(machines, names, all, (_, phase) => {
    if (phase === 'asked') onAsked();
  });
  return Object.fromEntries(stopped);
}

async function stateOf(name: string): Promise<string> {
  return (await lab.virsh('domstate', name)).trim();
}

/** What ext4 says of itself, on a volume of a machine that is off. */
function fileSystem(file: string): string {
  const folder = mkdtempSync('/tmp/regraft-file-system-');
  try {
    const raw = join(folder, 'raw');
    execFileSync('qemu-img', ['convert', '-O', 'raw', file, raw]);
    return execFileSync('dumpe2fs', ['-h', raw], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a guest is asked and shuts down by itself, its file systems clean; one that is off and one that is not there are told apart', async () => {
  await guests.boot('student-01');
  const home = await guests.file('student-01.home.data');
  const stopped = await stop(['student-01', 'student-02', 'nobody']);
  expect(stopped).toMatchObject({
    'student-01': { machine: 'student-01', ran: true, outcome: 'shut-down' },
    'student-02': { ran: false, outcome: 'was-off' },
    nobody: { ran: false, outcome: 'missing' },
  });
  expect(stopped['student-01']!.seconds).toBeLessThan(60);
  expect(await stateOf('student-01')).toBe('shut off');
  const said = readConsole(join(lab.consoleLogs, 'student-01.log')).map(({ event }) => event);
  expect(said.at(-1)).toBe('shutdown');
  expect(fileSystem(home)).toMatch(/Filesystem state: +clean/);
  expect(fileSystem(home)).not.toContain('needs_recovery');
});

test('a guest that missed the power button while it was booting is asked again', async () => {
  await lab.virsh('start', 'student-02');
  expect(await stop(['student-02'])).toMatchObject({ 'student-02': { ran: true, outcome: 'shut-down' } });
});

test.each(['abort', 'skip'] as const)(
  'a machine that does not hear stays as it is under %s, and the others are off',
  async (onBusy) => {
    await lab.virsh('start', 'deaf');
    await guests.boot('student-01');
    expect(await stop(['deaf', 'student-01'], { onBusy, timeout: 30 })).toMatchObject({
      deaf: { ran: true, outcome: 'busy', why: 'it is running after 30 s' },
      'student-01': { outcome: 'shut-down' },
    });
    expect(await stateOf('deaf')).toBe('running');
    await lab.virsh('destroy', 'deaf');
  },
);

test('a machine that does not hear is cut off under force, after it had its time', async () => {
  await lab.virsh('start', 'deaf');
  const { deaf: cut } = await stop(['deaf'], { onBusy: 'force', timeout: 3 });
  expect(cut).toMatchObject({ ran: true, outcome: 'cut-off' });
  expect(cut!.seconds).toBeGreaterThanOrEqual(3);
  expect(await stateOf('deaf')).toBe('shut off');
});

test('a paused machine is not waited for: it is busy, or cut off under force', async () => {
  await lab.virsh('start', 'deaf');
  await lab.virsh('suspend', 'deaf');
  const { deaf: busy } = await stop(['deaf']);
  expect(busy).toMatchObject({ ran: true, outcome: 'busy' });
  expect(busy!.why).toContain('virsh resume deaf');
  expect(busy!.seconds).toBeLessThan(30);
  expect(await stateOf('deaf')).toBe('paused');
  const { deaf: cut } = await stop(['deaf'], { onBusy: 'force' });
  expect(cut).toMatchObject({ ran: true, outcome: 'cut-off' });
  expect(cut!.seconds).toBeLessThan(30);
});

test('a machine that is off with a saved memory is busy, and its memory is dropped under force only', async () => {
  await lab.virsh('start', 'deaf');
  await lab.virsh('managedsave', 'deaf');
  const { deaf: busy } = await stop(['deaf']);
  expect(busy).toMatchObject({ ran: false, outcome: 'busy' });
  expect(busy!.why).toContain('virsh managedsave-remove deaf');
  expect([...(await machines.saved())]).toEqual(['deaf']);
  expect(await stop(['deaf'], { onBusy: 'force' })).toMatchObject({
    deaf: { ran: false, outcome: 'cut-off' },
  });
  expect([...(await machines.saved())]).toEqual([]);
  expect(await stateOf('deaf')).toBe('shut off');
});

test('an interruption ends the waiting at once, and nothing is forced after it', async () => {
  await lab.virsh('start', 'deaf');
  const interrupt = new AbortController();
  const { deaf: busy } = await stop(['deaf'], { onBusy: 'force', signal: interrupt.signal }, () =>
    setTimeout(() => interrupt.abort(new Error('interrupted')), 1000),
  );
  expect(busy).toMatchObject({ ran: true, outcome: 'busy', why: 'interrupted' });
  expect(busy!.seconds).toBeLessThan(30);
  expect(await stateOf('deaf')).toBe('running');
  await lab.virsh('destroy', 'deaf');
});

test('libvirtd may be killed and restarted while machines shut down', async () => {
  await guests.boot('student-01', 'student-02');
  let restarted: Promise<void> | undefined;
  const stopped = await stop(['student-01', 'student-02'], {}, () => {
    restarted ??= lab
      .killLibvirtd()
      .then(() => sleep(4000))
      .then(() => lab.startLibvirtd());
  });
  await restarted;
  expect(stopped).toMatchObject({
    'student-01': { ran: true, outcome: 'shut-down' },
    'student-02': { ran: true, outcome: 'shut-down' },
  });
});

test('libvirtd may be away when machines are to be started or stopped, but not for good', async () => {
  const away = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    await lab.killLibvirtd();
    const back = sleep(3000).then(() => lab.startLibvirtd());
    const result = await act();
    await back;
    return result;
  };
  const started = await away(() => startMachines(machines, ['deaf'], { atOnce: 2 }, () => undefined));
  expect(started.get('deaf')).toMatchObject({ started: true });
  expect(await away(() => stop(['deaf'], { onBusy: 'force', timeout: 1 }))).toMatchObject({
    deaf: { ran: true, outcome: 'cut-off' },
  });
  await lab.killLibvirtd();
  await expect(stop(['deaf'])).rejects.toThrow(/Failed to connect socket/);
  await lab.startLibvirtd();
});

test('of machines that are started, one that runs already counts, and each that does not says why in libvirt’s words', async () => {
  await lab.virsh('start', 'deaf');
  const root = await guests.file('student-03.root.');
  renameSync(root, `${root}.away`);
  const phases: string[] = [];
  const started = await startMachines(
    machines,
    ['student-01', 'student-03', 'deaf', 'nobody'],
    { atOnce: 2 },
    (machine, phase) => phases.push(`${machine} ${phase}`),
  );
  renameSync(`${root}.away`, root);
  expect(Object.fromEntries(started)).toMatchObject({
    'student-01': { started: true },
    'student-03': { started: false, why: expect.stringContaining(root) as string },
    deaf: { started: true },
    nobody: { started: false, why: 'libvirt has no machine of this name' },
  });
  expect(phases.sort()).toEqual([
    'deaf started',
    'nobody failed',
    'student-01 started',
    'student-01 starting',
    'student-03 failed',
    'student-03 starting',
  ]);
  await stop(['deaf', 'student-01'], { onBusy: 'force', timeout: 12 });
});
