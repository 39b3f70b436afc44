import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  guestImage,
  parseConsole,
  waitForEvent,
  writeNote,
  type GuestBoot,
  type GuestVersion,
} from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { machineXml } from './machine';

const volumeOf = (boot: GuestBoot, name: string) => boot.volumes.find((volume) => volume.name === name);

describe('the guest', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start({ name: 'guest' });
  });
  afterAll(() => lab.stop());

  function image(name: string, ...args: string[]): string {
    const file = join(lab.pools, `${name}.qcow2`);
    execFileSync(
      'qemu-img',
      ['create', '-q', '-f', 'qcow2', ...args.slice(0, -1), file, ...args.slice(-1)].filter(Boolean),
    );
    return file;
  }

  const overlay = (name: string, version: GuestVersion) =>
    image(name, '-F', 'qcow2', '-b', guestImage(version), '');

  async function boot(name: string, log: string, skip: number): Promise<GuestBoot> {
    await lab.virsh('start', name);
    await waitForEvent(log, 'ready', { skip });
    return waitForEvent(log, 'boot', { skip });
  }

  async function shutDown(name: string): Promise<void> {
    await lab.virsh('shutdown', name, '--mode', 'acpi');
    for (let tries = 0; tries < 200 && (await lab.virsh('domstate', name)).trim() !== 'shut off'; tries++)
      await sleep(100);
    expect((await lab.virsh('domstate', name)).trim()).toBe('shut off');
  }

  async function define(xml: string): Promise<void> {
    const file = join(lab.directory, 'machine.xml');
    writeFileSync(file, xml);
    await lab.virsh('define', file);
  }

  test('keeps its data from one system to the next', async () => {
    const name = 'story';
    const log = join(lab.consoleLogs, `${name}.log`);
    const home = { file: image(`${name}-home`, '1G'), serial: 'home' };
    const machine = (version: GuestVersion) =>
      machineXml({
        name,
        log,
        disks: [{ file: overlay(`${name}-${version}`, version), serial: 'root' }, home],
      });

    await define(machine('v1'));
    const first = await boot(name, log, 0);
    expect(first.os).toBe('v1');
    expect(volumeOf(first, 'root')).toMatchObject({
      bytes: 64 * 2 ** 20,
      filesystem: 'ext4',
      fresh: true,
      boots: 1,
      history: ['v1'],
    });
    expect(volumeOf(first, 'home')).toMatchObject({
      bytes: 2 ** 30,
      filesystem: 'ext4',
      fresh: true,
      boots: 1,
      notes: [],
    });
    await writeNote(lab, name, log, 'home', 'my thesis');
    await shutDown(name);

    const second = await boot(name, log, 1);
    expect(volumeOf(second, 'root')).toMatchObject({
      fresh: false,
      boots: 2,
      marker: volumeOf(first, 'root')?.marker,
    });
    await shutDown(name);

    await lab.virsh('undefine', name);
    await define(machine('v2'));
    const third = await boot(name, log, 2);
    expect(third.os).toBe('v2');
    expect(volumeOf(third, 'root')).toMatchObject({ fresh: true, boots: 1, history: ['v2'] });
    expect(volumeOf(third, 'home')).toMatchObject({
      fresh: false,
      boots: 3,
      history: ['v1', 'v1', 'v2'],
      marker: volumeOf(first, 'home')?.marker,
      notes: ['my thesis'],
    });
    await shutDown(name);
  });

  test.each(['scsi', 'ide'])('finds its volumes by their serials on %s', async (bus) => {
    const log = join(lab.consoleLogs, `${bus}.log`);
    const disks = [
      { file: overlay(`${bus}-root`, 'v2'), serial: 'root' },
      { file: image(`${bus}-home`, '16M'), serial: 'home' },
    ];
    await define(machineXml({ name: bus, type: 'pc', bus, log, disks }));
    const { volumes } = await boot(bus, log, 0);
    expect(volumes.map(({ name, filesystem }) => [name, filesystem]).sort()).toEqual([
      ['home', 'ext4'],
      ['root', 'ext4'],
    ]);
    await shutDown(bus);
  });

  test('never formats a disk whose content it does not know', async () => {
    const log = join(lab.consoleLogs, 'strange.log');
    const strange = image('strange', '8M');
    execFileSync('qemu-io', ['-c', 'write -P 0x5a 4096 512', strange]);
    await define(
      machineXml({
        name: 'strange',
        log,
        disks: [
          { file: overlay('strange-root', 'v1'), serial: 'root' },
          { file: strange, serial: 'home' },
        ],
      }),
    );
    expect(volumeOf(await boot('strange', log, 0), 'home')).toMatchObject({
      filesystem: 'unknown',
      mounted: false,
    });
    await shutDown('strange');
    expect(
      execFileSync('qemu-io', ['-c', 'read -P 0x5a 4096 512', strange], { encoding: 'utf8' }),
    ).not.toContain('failed');
  });

  test('a line that is still being written is not read', () => {
    expect(
      parseConsole('SeaBIOS\r\nregraft-guest: {"os":"v1","event":"ready"}\nregraft-guest: {"os":"v1"}'),
    ).toEqual([{ os: 'v1', event: 'ready' }]);
  });
});
