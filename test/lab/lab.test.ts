import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/lab';
import { machineXml } from './machine';

/** Every trace that a lab could leave on the machine: processes, mounts, and its directory. */
function traces(directory: string): string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return ['cmdline', 'mountinfo'].some((file) =>
          readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(directory),
        );
      } catch {
        return false;
      }
    })
    .map((pid) => `process ${pid}`);
  return [...processes, ...(existsSync(directory) ? [directory] : [])];
}

async function untilGone(directory: string): Promise<void> {
  for (let tries = 0; tries < 100 && traces(directory).length > 0; tries++) await sleep(100);
  expect(traces(directory)).toEqual([]);
}

/** Starts a machine without a system, which stays in its firmware. */
async function startMachine(lab: Lab, name: string): Promise<void> {
  const file = join(lab.directory, `${name}.xml`);
  writeFileSync(file, machineXml({ name, disks: [] }));
  await lab.virsh('create', file);
}

describe('Lab', () => {
  test('two labs at once do not see each other, and stopping one leaves the other alone', async () => {
    const [one, two] = await Promise.all([Lab.start({ name: 'one' }), Lab.start({ name: 'two' })]);
    try {
      await startMachine(one, 'mine');
      expect((await one.virsh('list', '--name')).trim()).toBe('mine');
      expect((await two.virsh('list', '--all', '--name')).trim()).toBe('');
      expect((await two.virsh('net-list', '--all', '--name')).trim()).toBe('');
      await one.stop();
      expect(traces(one.directory)).toEqual([]);
      expect((await two.virsh('list', '--all', '--name')).trim()).toBe('');
    } finally {
      await one.stop();
      await two.stop();
    }
    expect(traces(two.directory)).toEqual([]);
  });

  test('a machine survives the death of libvirtd, and can be destroyed after it', async () => {
    const lab = await Lab.start();
    try {
      await startMachine(lab, 'mine');
      await lab.killLibvirtd('KILL');
      await expect(lab.virsh('list')).rejects.toThrow(/virsh list: .*socket/s);
      await lab.startLibvirtd();
      expect((await lab.virsh('domstate', 'mine')).trim()).toBe('running');
      await lab.virsh('destroy', 'mine');
      expect((await lab.virsh('list', '--name')).trim()).toBe('');
    } finally {
      await lab.stop();
    }
  });

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    '%s of the process that started it leaves nothing',
    async (signal) => {
      const parent = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'parent.ts')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const directory = await new Promise<string>((resolve, reject) => {
        parent.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
        parent.once('exit', (code) =>
          reject(new Error(`parent.ts started no lab, it ended with code ${code}`)),
        );
      });
      expect(traces(directory).length).toBeGreaterThan(3);
      parent.kill(signal);
      await untilGone(directory);
    },
  );

  test('its name is checked', async () => {
    await expect(Lab.start({ name: 'a/b' })).rejects.toThrow("found 'a/b'");
  });
});
