import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { Lab } from '../../lab/lab';
import { UserError } from '../../lib/model/user-error';
import { patiently } from '../../lib/operations/power/patience';
import { LibvirtListing } from '../../lib/provider/host/libvirt-listing';
import { withVolumeFacts } from '../../lib/provider/host/volume-facts';
import { markElement, parseMark } from '../../lib/provider/clone/mark';
import { writeXml } from '../../lib/provider/clone/xml-tree';
import { Machines } from '../../lib/tools/machines';
import { LostConnection, VirshConnection } from '../../lib/tools/virsh-connection';
import { VirshShells } from '../../lib/tools/virsh-shells';
import { Volumes } from '../../lib/tools/volumes';

/** The virsh that stays, against a real libvirt; the virsh of one command is what it is measured by. */
let lab: Lab;
let folder: string;
let shells: VirshShells;
let single: VirshConnection;
let machines: Machines;
let volumes: Volumes;

const surroundings = { env: process.env };

beforeAll(async () => {
  lab = await Lab.start({ name: 'virsh-shell' });
  folder = join(lab.pools, 'pool');
  mkdirSync(folder);
  await lab.virsh('pool-create-as', 'pool', 'dir', '--target', folder);
  shells = new VirshShells(lab.uri, surroundings);
  single = new VirshConnection(lab.uri, surroundings, 'C.UTF-8');
  machines = new Machines(lab.uri, surroundings, shells);
  volumes = new Volumes(lab.uri, 'pool', surroundings, shells);
});

afterAll(async () => {
  await shells?.close();
  await lab?.stop();
});

const HOSTILE = [
  ...[
    'a "b"',
    "it's",
    'back\\slash\\',
    'semi;colon',
    '$(id)',
    '`id`',
    '--dash',
    '-x',
    '#hash',
    '!1',
    'sp  ace',
  ],
  ...['é日本😀', '~', '*', '&&', '--', 'a=b', 'no\u00a0break', 'pool'],
];

const domain = (name: string, more = '', disks = ''): string => `<domain type="qemu"><name>${name}</name>
  <memory unit="MiB">64</memory>${more}<os><type arch="x86_64" machine="q35">hvm</type></os>
  <devices><serial type="pty"/>${disks}</devices></domain>`;

/** What an act ended in, so that two of them can be compared. */
const outcome = (act: Promise<unknown>): Promise<unknown> =>
  act.catch((error: Error) => `${error.constructor.name}: ${error.message}`);

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'gone';
  }
}

const virshes = (parent = process.pid): number[] =>
  readdirSync(`/proc/${parent}/task`)
    .flatMap((task) => readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8').split(' '))
    .filter((pid) => pid.trim() !== '')
    .map(Number)
    .filter((pid) => commandOf(pid) === 'virsh');

test('every method answers what a process a command answers, also where libvirt refuses', async () => {
  await machines.define(domain('plain'));
  const commands = [
    ['list', '--all'],
    ['dumpxml', 'plain'],
    ['domstate', 'none'],
    ['dominfo', '--domain', '--none'],
    ['nosuch'],
    ['domstate'],
    ['pool-list', '--nosuch'],
    ['echo', '--shell', 'a b', '$x'],
    ['echo', ''],
    ['vol-list', 'pool'],
  ];
  for (const command of commands) {
    expect([command, await outcome(shells.command(command))]).toEqual([
      command,
      await outcome(single.command(command)),
    ]);
    const batch = [['echo', 'before'], command, ['echo', 'after']];
    expect(await outcome(shells.must(...batch))).toEqual(await outcome(single.must(...batch)));
    expect(await outcome(shells.batch(batch))).toEqual(await outcome(single.batch(batch)));
  }
  expect(await shells.batch([])).toEqual([]);
  expect(await shells.must()).toEqual([]);
});

test('words are told as they are, whatever stands in them', async () => {
  for (const word of HOSTILE) expect(await shells.command(['echo', '--string', word])).toBe(word);
  expect(await shells.batch(HOSTILE.map((word) => ['echo', '--string', word]))).toEqual(HOSTILE);
});

test.each(['a\nb', 'a\tb', 'a\0b', '\u001b[A', 'a\rb', '\u007f', '\u0085', '\ud800'])(
  'the word %j is refused before anything is sent',
  async (word) => {
    const long = { timeout: 2 ** 31 - 1 };
    for (const act of [
      shells.command(['echo', word]),
      shells.command(['echo', word], long),
      shells.batch([
        ['pool-destroy', 'pool'],
        ['echo', word],
      ]),
      shells.must(['pool-destroy', 'pool'], ['echo', word]),
    ]) {
      await expect(act).rejects.toThrow(UserError);
    }
    expect(await shells.command(['pool-list', '--name'])).toMatch(/^pool /);
  },
);

test('volumes with hostile names are made, read, digested, grown and deleted, each the right one', async () => {
  const names = HOSTILE.filter((name) => !/[<&]/.test(name));
  for (const name of names) await volumes.create({ name, size: 2 ** 20 });
  expect(readdirSync(folder).sort()).toEqual([...names].sort());
  expect((await volumes.facts(names)).map((fact) => fact?.path)).toEqual(
    names.map((name) => join(folder, name)),
  );
  for (const name of names) {
    const bytes = readFileSync(join(folder, name));
    expect(await volumes.digest(name)).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await volumes.bytes(name, 0, 64)).toEqual(bytes.subarray(0, 64));
  }
  expect((await volumes.heads(names, 4)).map(String)).toEqual(
    names.map(() => 'QFI\xfb').map((head) => String(Buffer.from(head, 'latin1'))),
  );
  await volumes.grow(names[0]!, 2 ** 21);
  expect((await volumes.facts(names)).map((fact) => fact?.capacity)).toEqual(
    names.map((_, index) => (index === 0 ? 2 ** 21 : 2 ** 20)),
  );
  const { volumes: listed } = await new LibvirtListing(shells, 'pool').read();
  expect([...listed.keys()].sort()).toEqual(names.map((name) => join(folder, name)).sort());
  for (const name of names) await volumes.delete(name);
  expect(readdirSync(folder)).toEqual([]);
  await expect(volumes.create({ name: '</name>', size: 2 ** 20 })).rejects.toThrow(
    'choose a path without < and &',
  );
});

test('a volume that is too large for memory is digested on its way', async () => {
  writeFileSync(join(folder, 'large.img'), Buffer.alloc(65 * 2 ** 20, 7));
  await lab.virsh('pool-refresh', 'pool');
  const told: number[] = [];
  expect(await volumes.digest('large.img', (read) => told.push(read))).toBe(
    createHash('sha256')
      .update(Buffer.alloc(65 * 2 ** 20, 7))
      .digest('hex'),
  );
  expect(told.length).toBeGreaterThan(10);
  await volumes.delete('large.img');
});

test('an answer of megabytes and a line of hundreds of kilobytes arrive whole', async () => {
  await machines.define(domain('chatty', `<description>${'é&lt;日本 '.repeat(200_000)}</description>`));
  const xml = await machines.definition('chatty');
  expect(Buffer.byteLength(xml)).toBeGreaterThan(2e6);
  expect(xml === (await single.command(['dumpxml', '--inactive', '--security-info', 'chatty']))).toBe(true);
  const long = 'é"\\'.repeat(70_000);
  expect((await shells.command(['echo', '--string', long])) === long).toBe(true);
  await lab.virsh('undefine', 'chatty');
});

test('it stays: commands cost no process, and there are no more than two', async () => {
  await Promise.all(Array.from({ length: 50 }, () => shells.command(['pool-list'])));
  const before = virshes();
  expect(before.length).toBe(2);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => shells.command(['echo', String(index)])),
  );
  expect(answers).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
  expect(virshes()).toEqual(before);
});

test('a command that takes too long or is interrupted is ended, holds up no other, and the next one is answered', async () => {
  const hasty = new VirshShells(lab.uri, surroundings, 2, 4000);
  await volumes.create({ name: 'slow', size: 2 ** 20 });
  const fifo = join(lab.directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  // virsh waits until somebody reads from it, which nobody does.
  let hanging = true;
  const slow = hasty
    .command(['vol-download', '--pool', 'pool', 'slow', fifo])
    .finally(() => (hanging = false));
  const refused = expect(slow).rejects.toThrow('virsh vol-download did not end within 4 s');
  for (let index = 0; index < 20; index++) await hasty.command(['pool-list']);
  expect(hanging).toBe(true);
  // What may take longer has a process of its own.
  const long = hasty.command(['vol-download', '--pool', 'pool', 'slow', fifo], { timeout: 5000 });
  await expect(long).rejects.toThrow('virsh did not end within 5 s');
  await refused;
  expect(await hasty.command(['vol-list', 'pool'])).toContain('slow');
  await hasty.close();

  const interrupt = new AbortController();
  const asked = new VirshShells(lab.uri, { ...surroundings, signal: interrupt.signal });
  const interrupted = asked.command(['vol-download', '--pool', 'pool', 'slow', fifo]);
  await Promise.all([
    expect(interrupted).rejects.toThrow('enough'),
    sleep(500).then(() => interrupt.abort(new Error('enough'))),
  ]);
  await expect(asked.command(['list'])).rejects.toThrow('enough');
  await asked.close();
  await volumes.delete('slow');
});

test('libvirtd that was restarted between two commands is found again', async () => {
  await lab.restartLibvirtd();
  for (let index = 0; index < 5; index++)
    expect(await shells.command(['list', '--all', '--name'])).toMatch(/^plain/);
});

test('libvirtd that is away is a lost connection, and whoever has patience gets an answer', async () => {
  await lab.killLibvirtd();
  for (const act of [
    shells.command(['list', '--all']),
    shells.batch([['domstate', 'plain']]),
    shells.must(['list'], ['list']),
  ]) {
    await expect(act).rejects.toThrow(LostConnection);
  }
  const states = patiently(() => machines.states(['plain']));
  await sleep(700);
  await lab.startLibvirtd();
  expect(await states).toEqual(new Map([['plain', 'shut off']]));
});

test('libvirtd or virsh that is killed amid commands is a lost connection, never an empty answer', async () => {
  const many = Array.from({ length: 20_000 }, () => ['domstate', 'plain']);
  const cut = expect(shells.batch(many)).rejects.toThrow(LostConnection);
  await sleep(300);
  await lab.killLibvirtd();
  await cut;
  await lab.startLibvirtd();
  expect(await shells.batch(many.slice(0, 3))).toEqual(await single.batch(many.slice(0, 3)));

  const killed = expect(shells.batch(many)).rejects.toThrow(LostConnection);
  await sleep(300);
  for (const pid of virshes()) process.kill(pid, 'SIGKILL');
  await killed;
  expect(await shells.batch(many.slice(0, 3))).toEqual(await single.batch(many.slice(0, 3)));
});

test('the listing is what virsh says, and what this process does is noted', async () => {
  const mark = {
    name: 'clone',
    base: 'debian "12"',
    retain: null,
    inputs: 'a&b',
    volumes: { root: '/pool/<a>\t&amp; "b" \'c\'' },
    retained: {},
  };
  await volumes.create({ name: 'base', size: 2 ** 21 });
  const disk = `<disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${join(folder, 'base')}"/><target dev="vda"/></disk>`;
  await machines.define(domain('clone', `<metadata>${writeXml(markElement(mark))}</metadata>`, disk));
  await machines.define(domain('--other'));
  await lab.virsh('autostart', 'plain');
  await lab.virsh('snapshot-create-as', 'clone', 'first one');
  await machines.start('--other');
  await lab.virsh('suspend', '--domain', '--other');
  await machines.start('plain');
  await lab.virsh('managedsave', 'plain');
  await volumes.create({
    name: 'over',
    size: 2 ** 21,
    backing: { path: join(folder, 'base'), format: 'qcow2' },
  });
  writeFileSync(join(folder, 'from-outside.img'), 'x');

  const listing = new LibvirtListing(shells, 'pool');
  const [one, two] = await Promise.all([listing.read(), listing.read()]);
  expect(two).toBe(one);
  expect(one.storage).toMatchObject({ path: folder, active: true });
  const [base, outside, over] = ['base', 'from-outside.img', 'over'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  expect([...one.volumes].sort()).toEqual([base, outside, over]);
  // Of volumes only what is looked up is asked, and what follows from that.
  const below = await withVolumeFacts(listing, (lookUp) => lookUp(lookUp(over)?.backing ?? ''));
  expect(below).toMatchObject({ path: base, capacity: 2 ** 21, format: 'qcow2' });
  expect([...(await listing.facts([join(folder, 'none')])).keys()].sort()).toEqual([base, over]);
  expect([...(await listing.facts()).keys()].sort()).toEqual([base, outside, over]);
  const facts = Object.fromEntries(
    [...one.machines.values()].map(({ name, state, saved, autostart, snapshots }) => [
      name,
      { state, saved, autostart, snapshots },
    ]),
  );
  expect(facts).toEqual({
    plain: { state: 'shut off', saved: true, autostart: true, snapshots: [] },
    clone: { state: 'shut off', saved: false, autostart: false, snapshots: ['first one'] },
    '--other': { state: 'paused', saved: false, autostart: false, snapshots: [] },
  });
  for (const machine of one.machines.values()) {
    expect(machine.xml).toBe(await machines.definition(machine.name));
    expect(await listing.machine(machine.name)).toEqual(machine);
  }
  // As libvirt has written it anew.
  expect(parseMark(one.machines.get('clone')!.xml)).toEqual(mark);

  await machines.cutPower('--other');
  expect((await listing.machine('--other'))!.state).toBe('shut off');
  expect((await listing.read()).machines.get('--other')!.state).toBe('shut off');
  await lab.virsh('undefine', '--domain', '--other');
  expect(await listing.machine('--other')).toBeUndefined();
  listing.forgetVolume(over);
  expect((await listing.facts()).has(over)).toBe(false);
  // A change during a question is not lost, whenever the question was answered.
  const asked = listing.refresh();
  listing.forgetVolume(base);
  expect([...(await asked).volumes].sort()).toEqual([outside, over]);
  const described = listing.facts();
  listing.noteVolume({ ...below!, path: over, name: 'over', capacity: 5 });
  listing.forgetVolume(outside);
  expect([...(await described)].map(([path, { capacity }]) => [path, capacity])).toEqual([[over, 5]]);
  expect((await asked).machines.has('--other')).toBe(false);
  expect((await new LibvirtListing(shells, 'none').read()).storage).toBeUndefined();
});

test('a listing that failed is asked again', async () => {
  const listing = new LibvirtListing(shells, 'pool');
  await lab.killLibvirtd();
  await expect(listing.read()).rejects.toThrow(LostConnection);
  await lab.startLibvirtd();
  expect((await listing.read()).machines.has('plain')).toBe(true);
});

test('it ends when it is closed, after what is under way; later commands are refused', async () => {
  const before = virshes();
  const closing = new VirshShells(lab.uri, surroundings);
  const answers = Promise.all(['a', 'b', 'c'].map((word) => closing.command(['echo', word])));
  await closing.close();
  expect(await answers).toEqual(['a', 'b', 'c']);
  expect(virshes().filter((pid) => !before.includes(pid))).toEqual([]);
  await expect(closing.command(['list'])).rejects.toThrow(UserError);
});

test('nothing is left of it when its owner is killed, and the history of the user is not touched', async () => {
  const outfile = join(lab.directory, 'shells.cjs');
  const entryPoints = [resolve(__dirname, '../../lib/tools/virsh-shells.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', logLevel: 'error' });
  const script = `const { VirshShells } = require(${JSON.stringify(outfile)});
    const shells = new VirshShells(${JSON.stringify(lab.uri)}, { env: process.env });
    Promise.all([shells.command(['list']), shells.command(['list'])]).then(() => console.log('ready'));`;
  const home = join(lab.directory, 'home');
  mkdirSync(home);
  const owner = spawn(process.execPath, ['-e', script], {
    env: { PATH: process.env.PATH, HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data');
  const left = virshes(owner.pid);
  expect(left.length).toBe(2);
  owner.kill('SIGKILL');
  const end = Date.now() + 10_000;
  while (left.some((pid) => existsSync(`/proc/${pid}/fd/0`)) && Date.now() < end) await sleep(50);
  expect(left.filter((pid) => existsSync(`/proc/${pid}/fd/0`))).toEqual([]);
  expect(readdirSync(home)).toEqual([]);
});
