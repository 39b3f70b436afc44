import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { guestImage } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import { Project } from '../../lab/project';
import { byProvider, isOwnProvider } from './dialect';

let lab: Lab;
let project: Project;
let machines: Machines;
let code: object;

beforeAll(async () => {
  lab = await Lab.start({ name: 'shapes' });
  project = new Project(lab, 'test/e2e/shapes/main.ts');
  machines = new Machines(lab);
  const seed = join(project.folder, 'seed.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', seed, '16M']);
  execFileSync('qemu-io', ['-c', 'write -q -P 0x5a 0 1M', seed]);
  const definition = join(project.folder, 'network.xml');
  execFileSync('tee', [definition], {
    input: '<network><name>isolated</name></network>',
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  await lab.virsh('net-define', definition);
  await lab.virsh('net-start', 'isolated');
  code = {
    uri: lab.uri,
    storage: machines.storage,
    image: guestImage('v1'),
    sha256: await machines.digest(guestImage('v1')),
    seed,
    network: 'isolated',
    rebase: false,
  };
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

async function succeed(command: Promise<{ exitCode: number; text: string }>): Promise<string> {
  const { exitCode, text } = await command;
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}:\n${text.slice(-6000)}`);
  return text;
}

/** The changes that a plan would make now. */
async function changes(): Promise<string[]> {
  await succeed(project.diff());
  return (await project.plannedActions()).map(({ address, actions }) => `${actions} ${address}`);
}

test('an image of another SHA-256 than the code says is refused by plain cdktf, before anything is made', async () => {
  project.write({ ...code, sha256: '0'.repeat(64) });
  const { exitCode, text } = await project.diff();
  expect(exitCode).not.toBe(0);
  expect(text.replace(/[\s│]+/g, ' ')).toContain(
    `base rich-v1, volume root: image ${guestImage('v1')} has SHA-256`,
  );
  expect(await lab.virsh('pool-list', '--all', '--name')).toBe('');
});

test('a stack of every shape is applied, and planning it again changes nothing', async () => {
  project.write(code);
  await succeed(project.deploy());
  expect(await changes()).toEqual([]);
});

test('the machines have the firmware, disks, network, screen and console that the code says', async () => {
  const bios = await machines.xml('bios-01');
  expect(bios).toContain("<memory unit='KiB'>163840</memory>");
  expect(bios).toMatch(/<mac address='52:54:00:aa:bb:01'\/>\s*<source network='isolated'\/>/);
  expect(bios).toContain("<graphics type='vnc'");
  expect(bios).toContain("<target type='virtio' name='org.qemu.guest_agent.0'/>");
  // libvirt keeps the disks of a bus together.
  expect(await devices('bios-01')).toEqual([
    'vda root',
    'vdb cache',
    'vdc library',
    'vdd extra',
    'sda apps',
    'sdc home',
    'sdb swap',
  ]);
  const uefi = await machines.xml('uefi-01');
  expect(uefi).toContain('OVMF_CODE_4M.fd</loader>');
  expect(uefi).not.toContain('guest_agent');
  expect(uefi).not.toContain('<graphics');
  expect(await lab.virsh('dominfo', 'uefi-01')).toMatch(/Autostart:\s+enable/);
});

async function devices(name: string): Promise<string[]> {
  const disks = [...(await machines.xml(name)).matchAll(/<disk [^>]*device='disk'>.*?<\/disk>/gs)].map(
    ([disk]) => disk,
  );
  return disks.map((disk) => `${/dev='(\w+)'/.exec(disk)?.[1]} ${/<serial>(\w+)<\/serial>/.exec(disk)?.[1]}`);
}

test('an overlay has the size that the code says, a seeded data volume is a full copy of its seed, an image below a temporary volume is its backing file', async () => {
  const info = async (prefix: string): Promise<Record<string, unknown>> =>
    JSON.parse(
      execFileSync('qemu-img', ['info', '--output=json', await machines.file(prefix)], { encoding: 'utf8' }),
    ) as Record<string, unknown>;
  expect(await info('bios-01.root.')).toMatchObject({
    'virtual-size': 96 * 2 ** 20,
    format: 'qcow2',
    'backing-filename-format': 'qcow2',
  });
  const library = await info('bios-01.library.data');
  expect(library).toMatchObject({ 'virtual-size': 16 * 2 ** 20 });
  expect(library).not.toHaveProperty('backing-filename');
  execFileSync('qemu-io', ['-r', '-c', 'read -q -P 0x5a 0 1M', await machines.file('bios-01.library.data')]);
  const cache = await info('bios-01.cache.');
  expect(cache['backing-filename']).toMatch(/rich-v1\.cache\.base\.qcow2$/);
  // The image's own size, which provider 0.9 has from the base volume that it uploaded a moment before.
  expect(cache['virtual-size']).toBe(16 * 2 ** 20);
  expect(await info('bios-01.swap.')).not.toHaveProperty('backing-filename');
});

test('machines that run show no change in a plan', async () => {
  await lab.virsh('start', 'bios-01');
  await lab.virsh('start', 'uefi-01');
  expect(await changes()).toEqual([]);
  await lab.virsh('destroy', 'bios-01');
  await lab.virsh('destroy', 'uefi-01');
});

test('a rebase touches the overlays and the machine of its clones, whatever their shape, and the seed of a data volume is not copied again', async () => {
  const data = await machines.dataDigests();
  project.write({ ...code, rebase: true });
  const planned = await changes();
  expect(planned.filter((change) => !change.includes('bios__bios-01'))).toEqual([]);
  const created = planned
    .filter((change) => change.startsWith('create'))
    .map((change) => change.split('__').slice(-2).join(' '));
  // To regraft's own provider a clone is one resource.
  expect(isOwnProvider ? planned : created).toEqual(
    byProvider({
      libvirt: ['apps rich-v2', 'cache rich-v2', 'root rich-v2', 'swap rich-v2'],
      regraft: ['update regraft_clone.bios__bios-01'],
    }),
  );
  await succeed(project.deploy());
  expect(await machines.dataDigests()).toEqual(data);
  expect(await changes()).toEqual([]);
});

test('a second stack makes clones on the storage and the base of the first', async () => {
  await succeed(project.deploy('other'));
  const overlay = await machines.file('guest-01.root.rich-v1');
  const { 'backing-filename': backing } = JSON.parse(
    execFileSync('qemu-img', ['info', '--output=json', overlay], { encoding: 'utf8' }),
  ) as { 'backing-filename': string };
  expect(backing).toBe(join(machines.storage, 'rich-v1.root.base.qcow2'));
});
