import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { GuestBoot } from '../../lab/guest';
import { volumeOf } from '../../lab/machines';
import { Classroom } from './rollout/classroom';

/** docs/backup.md: its own commands, in their order, on a machine that runs. */
const text = readFileSync(join(__dirname, '../../docs/backup.md'), 'utf8');
const code = readFileSync(join(__dirname, 'data-over-years/main.ts'), 'utf8');
const run = promisify(execFile);

let room: Classroom;
let env: NodeJS.ProcessEnv;
let backups: string;

beforeAll(async () => {
  room = await Classroom.start('backup');
  backups = join(room.lab.directory, 'backups');
  mkdirSync(join(backups, 'lab'), { recursive: true });
  writeFileSync(join(backups, 'password'), 'not a secret');
  const bin = join(room.lab.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'regraft'),
    `#!/bin/sh\nexec node '${join(__dirname, '../../dist/cli/bin.js')}' "$@"\n`,
  );
  chmodSync(join(bin, 'regraft'), 0o755);
  env = {
    ...room.regraft.env,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    LIBVIRT_DEFAULT_URI: room.lab.uri,
    RESTIC_CACHE_DIR: join(room.lab.directory, 'restic-cache'),
  };
});

afterAll(() => room?.stop());

/** The commands of a section of the document, with its folders in the lab. */
function commands(section: string): string {
  const part = text.split(/^(?=##+ )/m).find((one) => one.includes(` ${section}\n`));
  const found = [...(part ?? '').matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block!);
  expect(found.length).toBeGreaterThan(0);
  return found.join('').replaceAll('/var/backups', backups);
}

async function follow(section: string): Promise<string> {
  const script = `set -e\n${commands(section)}`;
  const { stdout, stderr } = await run('bash', ['-c', script], { cwd: room.project.folder, env });
  return stdout + stderr;
}

/** The last boot that the machine has told of. */
function lastBoot(): GuestBoot {
  return room
    .said('student-07')
    .filter((event): event is GuestBoot => event.event === 'boot')
    .at(-1)!;
}

/** Waits until the machine has said as often as this that it is ready. */
async function readyTimes(times: number): Promise<void> {
  await room.ready(['student-07'], { 'student-07': times - 1 });
}

test('a machine that is off is exported, and its digest is right', async () => {
  room.project.writeCode(
    code
      .replace("['student-01', 'student-02']", "['student-07']")
      .replace("new Rebase(stack, 'to-v2', { pool: students, to: v2 });", ''),
  );
  expect(await room.apply('--power', 'on')).toMatchObject({ exitCode: 0 });
  await room.machines.note('student-07', 'home', 'before');
  expect(await follow('A machine that is off')).toContain('student-07.home.qcow2: OK');
  await readyTimes(2);
});

test('a machine that runs is copied while it goes on; the copy has what was written before', async () => {
  await room.machines.note('student-07', 'home', 'while-it-runs');
  const boots = room.count('student-07', 'boot');
  expect(await follow('A machine that runs')).toContain('No errors were found');
  expect(room.count('student-07', 'boot')).toBe(boots);
  expect((await room.states())['student-07']).toBe('running');
});

test('what restic has kept comes back into the machine', async () => {
  await room.machines.note('student-07', 'home', 'after-the-backup');
  await follow('Keep the copies: restic');
  const script = `export RESTIC_REPOSITORY=${backups}/restic RESTIC_PASSWORD_FILE=${backups}/password\n`;
  const steps = commands('Bring it back');
  await run('bash', ['-c', `set -e\n${script}${steps}`], { cwd: room.project.folder, env });
  await readyTimes(3);
  expect(volumeOf(lastBoot(), 'home').notes).toEqual(['before', 'while-it-runs']);
  expect((await room.regraft.run('plan')).exitCode).toBe(0);
});

test('a checkpoint goes as the document says, and the machine is moved with its data proven by digest', async () => {
  // What came back is of a newer version of qcow2 than what the provider makes, which takes no checkpoint at all.
  await run('virsh', ['checkpoint-create-as', 'student-07', 'first', '--diskspec', 'vdc,checkpoint=bitmap'], {
    env,
  });
  expect(await follow('No checkpoints, please')).toContain('first');
  expect((await run('virsh', ['checkpoint-list', 'student-07', '--name'], { env })).stdout.trim()).toBe('');
  expect(await room.regraft.run('restore', 'student-07', '--auto-approve')).toMatchObject({ exitCode: 0 });
});
