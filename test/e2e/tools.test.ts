import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import { UserError } from '../../lib/model/user-error';
import { Machines } from '../../lib/tools/machines';
import { Volumes } from '../../lib/tools/volumes';

/** The clients that act on libvirt, on a real one. */
let lab: Lab;
let folder: string;
let volumes: Volumes;
let machines: Machines;

beforeAll(async () => {
  lab = await Lab.start({ name: 'tools' });
  folder = join(lab.pools, 'pool');
  mkdirSync(folder);
  await lab.virsh('pool-create-as', 'pool', 'dir', '--target', folder);
  volumes = new Volumes(lab.uri, 'pool', { env: process.env });
  machines = new Machines(lab.uri, { env: process.env });
});

afterAll(() => lab?.stop());

const domain = (name: string): string => `<domain type="qemu"><name>${name}</name>
  <uuid>0a0a0a0a-0000-4000-8000-00000000000${name.length}</uuid><memory unit="MiB">64</memory>
  <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features>
  <devices><serial type="pty"/><console type="pty"/></devices></domain>`;

test("a volume's digest is that of its file's bytes, and nothing is left of the way they came", async () => {
  await volumes.create({ name: 'base.qcow2', size: 2 ** 22 });
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 1M', join(folder, 'base.qcow2')]);
  const expected = createHash('sha256')
    .update(readFileSync(join(folder, 'base.qcow2')))
    .digest('hex');
  expect(await Promise.all([1, 2, 3].map(() => volumes.digest('base.qcow2')))).toEqual([
    expected,
    expected,
    expected,
  ]);
});

test('a volume that is not there has no digest, and the message is libvirt’s', async () => {
  await expect(volumes.digest('none.qcow2')).rejects.toThrow(/failed to get vol 'none.qcow2'/);
});

test('an overlay stands on its backing file in the format that was said; facts tell size, format and time; deleting it leaves the base', async () => {
  const backing = { path: join(folder, 'base.qcow2'), format: 'qcow2' };
  await volumes.create({ name: 'over.qcow2', size: 2 ** 22, backing });
  const [over, none] = await volumes.facts(['over.qcow2', 'none.qcow2']);
  expect(over).toMatchObject({ capacity: 2 ** 22, format: 'qcow2', backing: backing.path });
  expect(Number(over!.modified)).toBeGreaterThan(1.7e9);
  expect(none).toBeUndefined();
  await volumes.delete('over.qcow2');
  expect((await volumes.facts(['over.qcow2', 'base.qcow2'])).map((fact) => fact?.name)).toEqual([
    undefined,
    'base.qcow2',
  ]);
});

test('a volume is blank until its first cluster is allocated, whatever its size; what cannot be told is not blank', async () => {
  const names = ['small.qcow2', 'large.qcow2', 'over-blank.qcow2'];
  await volumes.create({ name: 'small.qcow2', size: 2 ** 20 });
  await volumes.create({ name: 'large.qcow2', size: 2 ** 41 });
  const backing = { path: join(folder, 'base.qcow2'), format: 'qcow2' };
  await volumes.create({ name: 'over-blank.qcow2', size: 2 ** 22, backing });
  for (const name of names) {
    expect(await volumes.isBlank(name)).toBe(true);
    // A zero is written, too: it takes a cluster.
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0 512 512', join(folder, name)]);
    expect(await volumes.isBlank(name)).toBe(false);
  }
  expect(await volumes.isBlank('base.qcow2')).toBe(false);
  await lab.virsh('vol-create-as', 'pool', 'blank.img', '1M', '--format', 'raw');
  expect(await volumes.isBlank('blank.img')).toBe(false);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'snap.qcow2'), '1M']);
  execFileSync('qemu-img', ['snapshot', '-c', 'one', join(folder, 'snap.qcow2')]);
  await lab.virsh('pool-refresh', 'pool');
  expect(await volumes.isBlank('snap.qcow2')).toBe(false);
});

test('a machine is defined, started, asked, saved and cut off, and each state has its own name', async () => {
  await machines.define(domain('one'));
  expect(Object.fromEntries(await machines.states(['one', 'two']))).toEqual({
    one: 'shut off',
    two: 'missing',
  });
  await machines.start('one');
  expect((await machines.states(['one'])).get('one')).toBe('running');
  expect(await machines.terminal('one')).toMatch(/^\/dev\/pts\/\d+$/);
  await expect(machines.pingAgent('one', 1)).rejects.toBeInstanceOf(UserError);
  expect(await machines.addresses('one')).toEqual([]);
  await lab.virsh('managedsave', 'one');
  expect([...(await machines.saved())]).toEqual(['one']);
  await machines.dropSaved('one');
  expect([...(await machines.saved())]).toEqual([]);
  await machines.start('one');
  await machines.shutdown('one');
  await machines.cutPower('one');
  expect((await machines.states(['one'])).get('one')).toBe('shut off');
});

test('a definition that was read can be defined again, as the same machine', async () => {
  const xml = await machines.definition('one');
  await lab.virsh('undefine', 'one');
  await machines.define(xml);
  expect(await machines.definition('one')).toBe(xml);
});
