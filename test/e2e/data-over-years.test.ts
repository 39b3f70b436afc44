import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { byProvider, isOwnProvider } from './dialect';
import { Classroom, flat } from './rollout/classroom';
import { watched } from './rollout/session';

/**
 * Data volumes over the years: grown, exported, imported, and given to another clone when their own is retired.
 *
 * The tests are the chapters of one story and run in order.
 */
const code = readFileSync(join(__dirname, 'data-over-years/main.ts'), 'utf8');
const REBASE = "new Rebase(stack, 'to-v2', { pool: students, to: v2 });";
const MiB = 2 ** 20;
const run = promisify(execFile);

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('years');
});

afterAll(() => room?.stop());

/** The code with parts of it changed. */
function withCode(from: string, ...changes: (readonly [string, string])[]): string {
  return changes.reduce((text, [was, is]) => {
    expect(text).toContain(was);
    return text.replace(was, is);
  }, from);
}

/** The virtual sizes of all data volumes in MiB, as QEMU reads them from the files. */
async function sizes(): Promise<Record<string, number>> {
  const data = (await room.machines.files()).filter((name) => name.endsWith('.data.qcow2'));
  const found = data.map(async (name): Promise<[string, number]> => {
    const file = join(room.machines.storage, name);
    const { stdout } = await run('qemu-img', ['info', '-U', '-f', 'qcow2', '--output=json', file]);
    return [
      name.replace('.data.qcow2', ''),
      (JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'] / MiB,
    ];
  });
  return Object.fromEntries(await Promise.all(found));
}

const before = withCode(code, [REBASE, '']);
const grown = withCode(before, ["guest('v1', '24MiB')", "guest('v1', '48MiB')"]);

test('a larger size in the code grows the volume of a running machine and of one that is off; none is shut down, and Terraform has nothing to do', async () => {
  room.project.writeCode(before);
  expect(await room.apply('--power', 'on')).toMatchObject({ exitCode: 0 });
  for (const name of ['student-01', 'student-02']) await room.machines.note(name, 'home', `data-of-${name}`);
  await room.machines.shutDown('student-02');
  const boots = room.count('student-01', 'boot');
  const states = await room.states();

  room.project.writeCode(grown);
  const planned = await room.regraft.run('plan');
  expect(planned.exitCode).toBe(2);
  expect(flat(planned.stdout)).toContain('grown from 24MiB to 48MiB');
  const applied = await room.apply();
  expect(applied.stdout + applied.stderr).toContain('2 data volumes grown.');
  expect(applied.exitCode).toBe(0);
  expect(await sizes()).toEqual({ 'student-01.home': 48, 'student-02.home': 48 });
  expect(await room.states()).toEqual(states);
  expect(room.count('student-01', 'boot')).toBe(boots);
  // regraft's own provider grows them itself.
  expect(Object.keys(room.run().grown ?? {})).toEqual(
    byProvider({ libvirt: ['students/student-01/home', 'students/student-02/home'], regraft: [] }),
  );
  const again = await room.regraft.run('plan');
  expect({ exitCode: again.exitCode, text: again.exitCode === 0 ? '' : again.stdout + again.stderr }).toEqual(
    { exitCode: 0, text: '' },
  );
  expect((await room.project.diff()).text).toContain('No changes');
});

test('a smaller size is refused', async () => {
  room.project.writeCode(before);
  const refused = await room.regraft.run('plan');
  const { exitCode, words } = byProvider({
    libvirt: { exitCode: 3, words: 'RG271' },
    // Its plan is an error, so that there is nothing to review.
    regraft: { exitCode: 1, words: 'would shrink from 48MiB to 24MiB' },
  });
  expect(refused.exitCode).toBe(exitCode);
  expect(flat(refused.stdout + refused.stderr)).toContain(words);
  expect((await room.apply()).exitCode).toBe(exitCode);
});

test('a rebase leaves sizes as they are; with the promote, which touches no machine, they get the size of the new base; killed while it grows, it goes on', async () => {
  const rebasing = withCode(grown, ['app.synth();', `${REBASE}\napp.synth();`]);
  room.project.writeCode(rebasing);
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(await sizes()).toEqual({ 'student-01.home': 48, 'student-02.home': 48 });
  room.project.writeCode(withCode(grown, ['base: v1', 'base: v2']));
  if (!isOwnProvider) {
    const killed = await watched(room.regraft, ['apply', '--auto-approve'], (event, _interrupt, kill) => {
      if (event.event === 'step' && event.step.startsWith('grow home of student-02')) kill();
    });
    expect(killed.exitCode).not.toBe(0);
  }
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(await sizes()).toEqual({ 'student-01.home': 64, 'student-02.home': 64 });
  const done = [64 * MiB, true];
  expect(Object.values(room.run().grown ?? {}).map(({ after, at }) => [after, at !== undefined])).toEqual(
    byProvider({ libvirt: [done, done], regraft: [] }),
  );
  expect((await room.regraft.run('plan')).exitCode).toBe(0);
});
