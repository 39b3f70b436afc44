import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestBoot } from '../../lab/guest';
import type { FileFacts } from '../../lab/machines';
import { volumeOf } from '../../lab/machines';
import { makeBlankImage } from './rollout/blank-image';
import { Classroom, eventsOf, flat } from './rollout/classroom';
import { watched } from './rollout/session';

/**
 * `regraft restore`, `revert` and `promote`, on real machines and on a user's own code.
 *
 * The tests are the chapters of one story and run in order.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const running = Object.fromEntries(ALL.map((name) => [name, 'running']));
const canary = readFileSync(join(__dirname, 'verbs/main.ts'), 'utf8');
const REBASE = "new Rebase(stack, 'to-v2', { pool: students, to: v2, clones: ['student-01'] });";

let room: Classroom;

beforeAll(async () => {
  room = await Classroom.start('verbs');
});

afterAll(() => room?.stop());

/** The code with one part of it changed. */
function withCode(from: string, to: string, code = canary): string {
  expect(code).toContain(from);
  return code.replace(from, to);
}

/** The last boot that a machine has told of. */
function lastBoot(name: string): GuestBoot {
  return room
    .said(name)
    .filter((event): event is GuestBoot => event.event === 'boot')
    .at(-1)!;
}

function boots(): Record<string, number> {
  return Object.fromEntries(ALL.map((name) => [name, room.count(name, 'boot')]));
}

/** The names of a machine's overlays that it stands on, by their roles. */
async function overlays(name: string): Promise<string[]> {
  const sources = Object.values(await room.machines.disks(name)).map((source) => source.split('/').at(-1)!);
  return sources.filter((file) => file.startsWith(`${name}.`) && !file.includes('.data.')).sort();
}

/** The retained overlay of the canary, and what identifies it. */
async function retained(): Promise<Record<string, FileFacts>> {
  const facts = await room.machines.factsOf('student-01');
  return Object.fromEntries(Object.entries(facts).filter(([file]) => file.includes('.root.guest-v1.')));
}

async function expectRefused(args: string[], message: string): Promise<void> {
  const before = await room.picture();
  const code = room.project.code();
  const runs = room.runs().length;
  const said = await room.regraft.run(...args);
  expect({ exitCode: said.exitCode, stderr: said.stderr.split('\n').at(-2) }).toEqual({
    exitCode: 1,
    stderr: expect.stringContaining(message) as string,
  });
  expect(room.project.code()).toBe(code);
  expect(await room.picture()).toEqual(before);
  expect(room.runs()).toHaveLength(runs);
}

test('the pool is made, written on, and its canary is moved by the code', async () => {
  room.project.writeCode(withCode(REBASE, ''));
  expect(await room.apply('--power', 'on')).toMatchObject({ exitCode: 0 });
  for (const name of ALL) await room.machines.note(name, 'home', `data-of-${name}`);
  await room.machines.note('student-01', 'root', 'system-on-v1');
  room.project.writeCode(canary);
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v1', 'student-03': 'v1' });
});

test('a restore of one clone by name gives it fresh overlays of the base that it is on; its data, its retained overlay and all others are as they were', async () => {
  await room.machines.note('student-01', 'root', 'system-on-v2');
  const kept = await retained();
  expect(Object.keys(kept)).toHaveLength(1);
  const before = boots();
  const old = await overlays('student-01');
  const others = await room.machines.factsOf('student-02', 'student-03');

  const said = await room.regraft.run('restore', 'student-01', '--auto-approve');
  expect(said).toMatchObject({ exitCode: 0 });
  expect(flat(said.stdout)).toContain('1 system volume replaced, 1 temporary volume reset');
  expect(await room.states()).toEqual(running);
  expect(boots()).toEqual({ ...before, 'student-01': before['student-01']! + 1 });
  const boot = lastBoot('student-01');
  expect(boot.os).toBe('v2');
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: true, notes: [] });
  expect(volumeOf(boot, 'scratch')).toMatchObject({ fresh: true, history: ['v2'] });
  expect(volumeOf(boot, 'home')).toMatchObject({ fresh: false, notes: ['data-of-student-01'] });
  expect((await overlays('student-01')).filter((file) => old.includes(file))).toEqual([]);
  expect((await room.machines.files()).filter((file) => old.includes(file))).toEqual([]);
  expect(await retained()).toEqual(kept);
  expect(Object.keys(await room.machines.factsOf('student-02', 'student-03'))).toEqual(Object.keys(others));
  expect(room.run()).toMatchObject({ verb: 'restore', state: 'done', proof: 'digest' });
  const { home } = room.run().clones['students/student-01']!.data;
  expect(home!.before).toMatch(/^[0-9a-f]{64}$/);
  expect(home!.after).toBe(home!.before);
});

test('a restore of a pool with --max-unavailable 1 takes one machine after the other; the one that is off stays off', async () => {
  await room.machines.shutDown('student-03');
  const data = await room.machines.dataDigests();
  const kept = await retained();
  const old = (await Promise.all(ALL.map(overlays))).flat();
  const before = boots();

  const { result, down } = await room.whileDown(() =>
    room.regraft.run('restore', '--pool', 'students', '--max-unavailable', '1', '--auto-approve'),
  );
  expect(result).toMatchObject({ exitCode: 0 });
  expect(room.run().waves.map(({ clones, state }) => [clones, state])).toEqual(
    ALL.map((name) => [[`students/${name}`], 'done']),
  );
  expect(down.some((names) => names.includes('student-01'))).toBe(true);
  expect(down.some((names) => names.includes('student-02'))).toBe(true);
  expect(down.filter((names) => names.includes('student-01') && names.includes('student-02'))).toEqual([]);
  expect(await room.states()).toEqual({ ...running, 'student-03': 'shut off' });
  expect(boots()).toEqual({
    'student-01': before['student-01']! + 1,
    'student-02': before['student-02']! + 1,
    'student-03': before['student-03'],
  });
  const now = (await Promise.all(ALL.map(overlays))).flat();
  expect(now).toHaveLength(old.length);
  expect(now.filter((file) => old.includes(file))).toEqual([]);
  expect(await retained()).toEqual(kept);
  expect(await room.bases()).toEqual({ 'student-01': 'v2', 'student-02': 'v1', 'student-03': 'v1' });
  expect((await room.machines.dataDigests())['student-03.home.data.qcow2']).toBe(
    data['student-03.home.data.qcow2'],
  );
  const { 'student-03': third } = await room.machines.bootOnce('student-03');
  expect(volumeOf(third, 'root')).toMatchObject({ fresh: true });
  expect(volumeOf(third, 'scratch')).toMatchObject({ fresh: true });
  expect(volumeOf(third, 'home')).toMatchObject({ notes: ['data-of-student-03'] });
});

test.each([
  ['interrupted in its first wave', 'interrupt', 130],
  ['killed as its second wave begins', 'kill', 1],
] as const)(
  'a restore that is %s goes on with the same command, and makes no clone anew twice',
  async (_, how, exitCode) => {
    const args = ['restore', 'student-01', 'student-02', '--max-unavailable', '1', '--auto-approve'];
    const before = boots();
    const old = { first: await overlays('student-01'), second: await overlays('student-02') };
    let over = false;
    const said = await watched(room.regraft, args, (event, interrupt, kill) => {
      const now =
        how === 'interrupt'
          ? event.event === 'phase' && event.phase === 'applying'
          : event.event === 'wave' && event.wave === 2;
      if (over || !now) return;
      over = true;
      (how === 'interrupt' ? interrupt : kill)();
    });
    expect(said).toMatchObject({ exitCode });
    const first = await overlays('student-01');
    expect(first.filter((file) => old.first.includes(file))).toEqual([]);
    expect(await overlays('student-02')).toEqual(old.second);

    const again = await room.regraft.run(...args, '--json');
    expect(again).toMatchObject({ exitCode: 0 });
    expect(eventsOf(again)[0]).toMatchObject({ event: 'run', continued: true, clones: 1 });
    expect(await overlays('student-01')).toEqual(first);
    expect((await overlays('student-02')).filter((file) => old.second.includes(file))).toEqual([]);
    expect(boots()).toEqual({
      'student-01': before['student-01']! + 1,
      'student-02': before['student-02']! + 1,
      'student-03': before['student-03'],
    });
    expect(await room.states()).toEqual({ ...running, 'student-03': 'shut off' });
    expect(volumeOf(lastBoot('student-02'), 'home')).toMatchObject({ notes: ['data-of-student-02'] });
    expect(room.run()).toMatchObject({ verb: 'restore', state: 'done' });
  },
);

test('a restore of nothing, of an unknown clone or pool, and one that nobody approves changes nothing', async () => {
  await expectRefused(
    ['restore', '--auto-approve'],
    'no clone is given: name clones, or use --pool POOL or --all',
  );
  await expectRefused(
    ['restore', 'student-1', '--auto-approve'],
    'there is no clone "student-1": did you mean',
  );
  await expectRefused(['restore', '--pool', 'pupils', '--auto-approve'], 'there is no pool "pupils"');
  await expectRefused(['restore', '--all'], 'there is nobody to ask');
});

test('revert prints its edit with file and line and changes nothing; one that nobody approves does not either', async () => {
  const before = await room.picture();
  const said = await room.regraft.run('revert');
  expect(said).toMatchObject({ exitCode: 0 });
  const line = canary.split('\n').findIndex((text) => text === REBASE) + 1;
  expect(said.stdout).toMatch(new RegExp(`^To change: .*\\bmain\\.ts:${line}\\b`, 'm'));
  expect(said.stdout).toContain(`-${REBASE}`);
  expect(room.project.code()).toBe(canary);
  expect(await room.picture()).toEqual(before);
  await expectRefused(['revert', '--write'], 'there is nobody to ask');
  await expectRefused(['revert', 'pupils', '--write', '--auto-approve'], 'there is no pool "pupils"');
});

test('revert --write takes the Rebase out of the code and the canary back to its retained overlay, which no restore has touched; killed after its apply, the same command goes on', async () => {
  const before = boots();
  const args = ['revert', '--write', '--auto-approve'];
  const killed = await watched(room.regraft, args, (event, _, kill) => {
    if (event.event === 'phase' && event.phase === 'starting') kill();
  });
  expect(killed).toMatchObject({ exitCode: 1 });
  const edited = room.project.code();
  expect(edited).not.toContain('new Rebase(');
  expect(edited).toContain("guest('v2');");

  const again = await room.regraft.run(...args);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.stderr).toContain('the code is changed already: what it says is applied');
  expect(again.stderr).toMatch(/run \S+ goes on/);
  expect(room.project.code()).toBe(edited);
  expect(await room.bases()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'v1'])));
  expect(await room.states()).toEqual({ ...running, 'student-03': 'shut off' });
  expect(boots()).toEqual({ ...before, 'student-01': before['student-01']! + 1 });
  const boot = lastBoot('student-01');
  expect(volumeOf(boot, 'root')).toMatchObject({ fresh: false, notes: ['system-on-v1'] });
  expect(volumeOf(boot, 'home')).toMatchObject({ notes: ['data-of-student-01'] });

  const synthesized = room.project.synthesized();
  room.project.writeCode(withCode(REBASE, ''));
  expect(await room.regraft.run('plan')).toMatchObject({ exitCode: 0 });
  expect(room.project.synthesized()).toBe(synthesized);
  await expectRefused(args, 'there is nothing to revert');
});

test('an edit that only a person can make ends with 1 and the places, and changes nothing', async () => {
  room.project.writeCode(withCode(REBASE, `if (stack) ${REBASE}`));
  const before = await room.picture();
  for (const [verb, why] of [
    ['revert', 'the Rebase is in a condition'],
    ['promote', 'moves 1 of 3 clones'],
  ] as const) {
    const code = room.project.code();
    const said = await room.regraft.run(verb, '--write', '--auto-approve');
    expect(said).toMatchObject({ exitCode: 1 });
    expect(said.stdout).toContain('This change is yours to make');
    expect(flat(said.stdout)).toMatch(/main\.ts:\d+/);
    expect(said.stderr).toContain(why);
    expect(said.stderr).toContain('make it by hand, then run regraft apply');
    expect(room.project.code()).toBe(code);
  }
  expect(await room.picture()).toEqual(before);
});

test('promote --write names the new base on the pool and takes the retained overlays, while machines run on; the stack is that of code written for the new base', async () => {
  const whole = withCode(", clones: ['student-01'] });", " , waves: [1, '100%'] });");
  room.project.writeCode(whole);
  expect(await room.apply()).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'v2'])));
  const printed = await room.regraft.run('promote');
  expect(printed).toMatchObject({ exitCode: 0 });
  expect(printed.stdout).toContain('-  base: v1,');
  expect(printed.stdout).toContain('+  base: v2,');
  expect(room.project.code()).toBe(whole);

  const before = boots();
  const { disks } = await room.picture();
  const args = ['promote', 'students', '--write', '--auto-approve'];
  const killed = await watched(room.regraft, args, (event, _, kill) => {
    if (event.event === 'run') kill();
  });
  expect(killed).toMatchObject({ exitCode: 1 });
  expect(room.project.code()).toContain('base: v2,');
  await expectRefused(['revert', '--write', '--auto-approve'], 'there is nothing to revert');
  expect(await room.regraft.run(...args)).toMatchObject({ exitCode: 0 });
  expect((await room.picture()).disks).toEqual(disks);
  expect(boots()).toEqual(before);
  expect(await room.states()).toEqual({ ...running, 'student-03': 'shut off' });
  expect((await room.machines.files()).filter((file) => file.includes('.root.guest-v1.'))).toEqual([]);

  const synthesized = room.project.synthesized();
  room.project.writeCode(withCode('base: v1', 'base: v2', withCode(REBASE, '')));
  const plan = await room.regraft.run('plan');
  expect(plan).toMatchObject({ exitCode: 0 });
  expect(plan.stdout).toContain('Nothing to do');
  expect(room.project.synthesized()).toBe(synthesized);
});

test('in the end status, runs and repair say that all is well', async () => {
  const status = await room.regraft.run('status', '--json');
  expect(status).toMatchObject({ exitCode: 0 });
  const { stacks } = JSON.parse(status.stdout) as {
    stacks: {
      rollout?: object;
      drift: object[];
      hosts: { orphans: object[] }[];
      pools: { base: string; rebasesTo: string[]; clones: object[] }[];
    }[];
  };
  expect(stacks).toHaveLength(1);
  expect(stacks[0]).toMatchObject({
    drift: [],
    hosts: [{ orphans: [], otherFiles: [] }],
    pools: [{ pool: 'students', base: 'guest-v2', rebasesTo: [] }],
  });
  expect(stacks[0]).not.toHaveProperty('rollout');
  const clones = ALL.map((clone) => ({
    clone,
    base: 'guest-v2',
    stale: false,
    power: clone === 'student-03' ? 'shut off' : 'running',
    drift: [],
  }));
  expect(stacks[0]!.pools[0]!.clones).toMatchObject(clones);
  for (const clone of stacks[0]!.pools[0]!.clones) expect(clone).not.toHaveProperty('retainedBase');

  const latest = await room.regraft.run('runs', 'latest', '--json');
  expect(latest).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(latest.stdout)).toMatchObject({ stack: 'lab', verb: 'apply', state: 'done', clones: {} });

  const before = await room.picture();
  const repair = await room.regraft.run('repair');
  expect(repair).toMatchObject({ exitCode: 0 });
  expect(repair.stdout).toContain('Stack lab: nothing to repair');
  expect(await room.picture()).toEqual(before);
});

test('a restore that fails has nothing to go back to: with --on-failure revert, too, the clone stays on the base that it is on', async () => {
  makeBlankImage(room.lab);
  const promoted = withCode('base: v1', 'base: v2');
  const code = withCode(
    REBASE,
    REBASE.replace("to-v2', ", "to-blank', ").replace('to: v2', 'to: blank'),
    promoted,
  )
    .replace("student-01'] }", "student-02'] }")
    .replace('const students', "const blank = guest('blank');\nconst students");
  room.project.writeCode(withCode('retries: 120', 'retries: 3', code));
  expect(await room.apply()).toMatchObject({ exitCode: 1 });
  expect(await room.bases()).toMatchObject({ 'student-02': 'blank' });

  const force = ['--auto-approve', '--on-busy', 'force', '--shutdown-timeout', '1'];
  const said = await room.regraft.run('restore', 'student-02', '--on-failure', 'revert', ...force);
  expect(said).toMatchObject({ exitCode: 1 });
  expect(flat(said.stdout)).toContain('there is nothing to go back to');
  expect(await room.bases()).toMatchObject({ 'student-02': 'blank' });

  room.project.writeCode(code);
  expect(await room.regraft.run('revert', '--write', ...force)).toMatchObject({ exitCode: 0 });
  expect(await room.bases()).toEqual(Object.fromEntries(ALL.map((name) => [name, 'v2'])));
  expect(await room.states()).toEqual({ ...running, 'student-03': 'shut off' });
  expect(volumeOf(lastBoot('student-02'), 'home')).toMatchObject({ notes: ['data-of-student-02'] });
});
