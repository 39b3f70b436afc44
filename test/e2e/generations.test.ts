import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { volumeOf } from '../../lab/machines';
import type { PrepareResult } from '../../lib/operations/prepare';
import { Classroom } from './rollout/classroom';

/**
 * Three generations of a base, each prepared from a draft of the one before, and a pool that is carried through them.
 *
 * The tests are the chapters of one story and run in order.
 */
const story = readFileSync(join(__dirname, 'generations/main.ts'), 'utf8');
const REBASE = "new Rebase(stack, 'to-next', { pool: students, to: image });\n";
const DRAFT = "new ClonePool(stack, 'draft-1', { base: image, clones: ['draft-1'], machine });";

let room: Classroom;
/** The digests of all data volumes before anything was prepared. */
let data: Record<string, string>;

beforeAll(async () => {
  room = await Classroom.start('generations');
});

afterAll(() => room?.stop());

/** The code of a user who has the students on one base, and rebases them to another. */
function edited(...changes: (readonly [string | RegExp, string])[]): void {
  const code = changes.reduce((text, [from, to]) => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  }, room.project.code());
  room.project.writeCode(code);
}

async function applied(...flags: string[]): Promise<void> {
  const said = await room.apply(...flags);
  if (said.exitCode !== 0)
    throw new Error(`regraft apply ended with ${said.exitCode}: ${said.stdout}${said.stderr}`);
}

/** The draft of a generation boots, is written on, and becomes the next one. */
async function prepareFrom(draft: string, as: string): Promise<PrepareResult> {
  await room.machines.boot(draft);
  await room.machines.note(draft, 'root', `changed-for-${as}`);
  const args = [
    'prepare',
    draft,
    '--as',
    as,
    '--write',
    'main.ts',
    '--power',
    'off',
    '--auto-approve',
    '--json',
  ];
  const { exitCode, stdout, stderr } = await room.regraft.run(...args);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return JSON.parse(stdout) as PrepareResult;
}

test('the story begins with an image, a draft and two students on it', async () => {
  room.project.writeCode(story.replace(REBASE, ''));
  await applied();
  await room.machines.boot('student-01');
  await room.machines.note('student-01', 'home', 'written-on-the-image');
  await room.machines.shutDown('student-01');
  data = await room.machines.dataDigests();
});

test.each([
  ['image', 'first', 'draft-1', 'draft-2'],
  ['first', 'second', 'draft-2', 'draft-3'],
  ['second', 'third', 'draft-3', undefined],
])('from base %s base %s is prepared, and the students move onto it', async (from, to, draft, next) => {
  const { base, written } = await prepareFrom(draft, to);
  expect(written).toBe('main.ts');
  const file = `${to}.root.base.qcow2`;
  expect(base.volumes).toMatchObject([
    { name: 'root', type: 'system', bus: 'virtio', file, sha256: await room.machines.digest(file) },
    { name: 'scratch', type: 'temporary', size: 2 ** 24 },
    { name: 'home', type: 'data', size: 24 * 2 ** 20 },
  ]);
  const record = readFileSync(join(room.project.folder, '.regraft/bases.json'), 'utf8');
  expect(JSON.parse(record)).toMatchObject({
    stacks: { lab: { [`lab/${to}/root`]: { file, sha256: base.volumes[0]!.sha256, by: 'prepare' } } },
  });
  // The code promotes the rebase before and adds the next one; the draft of the next generation is a pool of its own.
  const nextDraft = next
    ? `${DRAFT.replaceAll('draft-1', next).replace('base: image', `base: ${to}`)}\n`
    : '';
  edited(
    ['const students', `${nextDraft}const students`],
    [/(new ClonePool\(stack, 'students', \{\s+base: )\w+/, `$1${from}`],
    [/(new Rebase.*\n)?app\.synth/, `${REBASE.replace('to: image', `to: ${to}`)}app.synth`],
  );
  await applied();
  const disks = await room.machines.disks('student-02');
  expect(Object.values(disks).join()).toContain(`student-02.root.${to}.`);
  expect(students(await room.machines.dataDigests())).toEqual(students(data));
});

test('the last one is promoted: what each draft has changed is on it, data is what it was, and no base stands on another', async () => {
  const promoted = await room.regraft.run('promote', 'students', '--write', '--auto-approve');
  expect(promoted).toMatchObject({ exitCode: 0 });
  expect(students(await room.machines.dataDigests())).toEqual(students(data));
  const { 'student-01': boot } = await room.machines.bootOnce('student-01');
  expect(volumeOf(boot, 'root')).toMatchObject({
    fresh: false,
    notes: ['changed-for-first', 'changed-for-second', 'changed-for-third'],
  });
  expect(volumeOf(boot, 'home')).toMatchObject({ notes: ['written-on-the-image'] });
  for (const base of ['first', 'second', 'third']) {
    const xml = await room.lab.virsh('vol-dumpxml', '--pool', 'pool', `${base}.root.base.qcow2`);
    expect(xml).toContain('<mode>0444</mode>');
    expect(xml).not.toContain('<backingStore>');
  }
});

describe('the bases that nobody stands on any more are collected', () => {
  test('not while a draft stands on one: each is named', async () => {
    const { stdout } = await room.regraft.run('gc');
    expect(stdout).not.toMatch(/^ *(image|first|second|third) /m);
    expect(await room.regraft.run('delete', 'first', '--auto-approve')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('draft-2') as string,
    });
  });

  test('the drafts are retired and purged, the first bases are dropped from the code and deleted', async () => {
    const before = students(await room.machines.dataDigests());
    // Each draft goes in two steps, since it has a data volume.
    edited([/clones: \['(draft-\d)'\], machine/g, "clones: ['$1'], retired: ['$1'], machine"]);
    await applied();
    edited([/^new ClonePool\(stack, 'draft-.*\n/gm, '']);
    await applied();
    const { stdout } = await room.regraft.run('gc', '--json');
    const found = JSON.parse(stdout) as { base: string }[];
    expect(found.map(({ base }) => base).sort()).toEqual(['first', 'image', 'second']);
    // The one that was uploaded is Terraform's: retired first, then dropped.
    edited([/(new Base\(stack, 'image', \{\n)/, '$1  retired: true,\n']);
    await applied();
    edited([/const image = new Base[\s\S]*?\n\}\);\n/, ''], [/const first = [\s\S]*?\n\}\);\n/, '']);
    await applied();
    expect(await room.regraft.run('delete', 'first', '--auto-approve')).toMatchObject({ exitCode: 0 });
    const files = await room.machines.files();
    expect(files.filter((file) => file.includes('.base.qcow2'))).toEqual([
      'second.root.base.qcow2',
      'third.root.base.qcow2',
    ]);
    // Nor is there a note of a base that is gone.
    expect(files.filter((file) => /^(draft-|image\.|first\.)/.test(file))).toEqual([]);
    expect(students(await room.machines.dataDigests())).toEqual(before);
    const { 'student-02': boot } = await room.machines.bootOnce('student-02');
    expect(volumeOf(boot, 'root').notes).toContain('changed-for-third');
  });
});

/** The digests of the students' data volumes. */
function students(digests: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(digests).filter(([file]) => file.startsWith('student-')));
}
