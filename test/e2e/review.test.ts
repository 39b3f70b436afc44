import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import { reviewPlan } from '../../lib/operations/review-plan';
import type { MachineFate, Review } from '../../lib/review';
import { isOwnProvider } from './dialect';
import { type FileState, type HostState, lookAt, UndefinedMachines } from './review/disk';
import { foretold, machineOutcome, type Outcome, whatBecame } from './review/what-became';

/**
 * The review of each stage of a pool's life against what then happened: every file of the storage pool and every machine
 * is looked at before and after the apply, and what became of it is told from that alone.
 *
 * The tests are the chapters of one story and run in order.
 */
const [FIRST, SECOND] = ['student-01', 'student-02'];
const v1: CodeChange = { bases: ['v1'], base: 'v1', clones: [FIRST, SECOND] };
const proposed: CodeChange = { ...v1, bases: ['v1', 'v2'] };
const rebased: CodeChange = { ...proposed, rebase: {} };
const promoted: CodeChange = { ...proposed, base: 'v2' };
const retired: CodeChange = { ...promoted, clones: [FIRST], retired: [SECOND] };

let lab: Lab;
let project: Project;
let machines: Machines;

beforeAll(async () => {
  lab = await Lab.start({ name: 'review' });
  project = new Project(lab);
  machines = new Machines(lab);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

async function succeed(command: Promise<{ exitCode: number; text: string }>): Promise<void> {
  const { exitCode, text } = await command;
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}:\n${text.slice(-4000)}`);
}

/** Plans a stage, reviews it, applies that very plan, and expects that the review foretold what became of everything. */
async function live(change: CodeChange, replace: readonly string[] = []): Promise<Review> {
  project.write(change);
  const listener = new UndefinedMachines(lab);
  let undefinedMachines: Set<string>;
  let review: Review;
  const before = await lookAt(lab, machines);
  try {
    await succeed(project.diff());
    if (replace.length > 0) {
      const options = replace.map((address) => `-replace=${address}`);
      await succeed(project.terraform('plan', '-input=false', '-out=plan', ...options));
    }
    review = await reviewNow(replace);
    await succeed(project.terraform('apply', '-input=false', 'plan'));
  } finally {
    undefinedMachines = await listener.stop();
  }
  const became = whatBecame(before, await lookAt(lab, machines), undefinedMachines);
  expect(withoutUnknownFiles(foretold(review), became)).toEqual(became);
  const { findings, machines: fates, ...totals } = review.totals;
  const outcomes = Object.entries(fates).map(([fate, many]) => [machineOutcome(fate as MachineFate), many]);
  expect({ ...totals, machines: Object.fromEntries(outcomes) }).toEqual(totalsOf(became));
  expect(findings.refuse).toBe(0);
  return review;
}

async function reviewNow(replace: readonly string[]): Promise<Review> {
  const folder = project.stackFolder;
  const stack = { name: 'lab', folder, file: join(folder, 'cdk.tf.json') };
  const notices: string[] = [];
  const context = {
    folder: project.folder,
    env: process.env,
    progress: () => undefined,
    notice: (text: string) => void notices.push(text),
  };
  const review = await reviewPlan(stack, await project.planJson(), { replace }, context);
  expect(notices).toEqual([]);
  expect(review.factsFrom).toEqual(['lab']);
  return review;
}

/** A file that is made anew has a name that only the apply knows; all other names have to be foretold. */
function withoutUnknownFiles(review: Outcome, became: Outcome): Outcome {
  const clones = Object.entries(review.clones).map(([clone, outcome]) => {
    const volumes = Object.entries(outcome.volumes).map(([volume, said]) => {
      const isNew = ['created', 'replaced', 'reset'].includes(said.fate);
      const after = said.after ?? (isNew ? became.clones[clone]?.volumes[volume]?.after : undefined);
      return [volume, { ...said, after }];
    });
    return [clone, { ...outcome, volumes: Object.fromEntries(volumes) }];
  });
  return { ...review, clones: Object.fromEntries(clones) };
}

function totalsOf({ clones }: Outcome): object {
  const all = Object.values(clones);
  const volumes = all.flatMap((clone) => Object.values(clone.volumes));
  const isData = ({ before, after }: { before?: string | undefined; after?: string | undefined }): boolean =>
    (before ?? after)!.endsWith('.data.qcow2');
  return {
    clones: all.length,
    changedClones: all.filter(
      ({ machine, volumes: own }) =>
        !['unchanged', 'none'].includes(machine) ||
        Object.values(own).some(({ fate, retained }) => fate === 'purged' || retained?.fate === 'discarded'),
    ).length,
    data: count(volumes.filter(isData).map(({ fate }) => fate)),
    overlays: count(volumes.filter((volume) => !isData(volume)).map(({ fate }) => fate)),
    retained: count(volumes.flatMap(({ retained }) => (retained ? [retained.fate] : []))),
    machines: count(all.map(({ machine }) => machine).filter((fate) => fate !== 'none')),
  };
}

function count<Key extends string>(values: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** What a change of its disks does to a machine: provider 0.8 replaces it, 0.9 updates it. */
function changedMachine(): string {
  return project.generation === '0.8' ? 'recreated' : 'redefined';
}

test.each([
  ['kept', { inode: 2, digest: 'bytes' }],
  ['endangered', { inode: 3, digest: 'bytes' }],
  ['endangered', { inode: 2, digest: 'others' }],
])('a data volume is told to be %s by its inode and its bytes: %p', (fate, home) => {
  const file = 'one.home.data.qcow2';
  const one = { uuid: 'same', running: false, xml: 'same', files: [file] };
  const host = (state: FileState): HostState => ({
    files: new Map([[file, state]]),
    machines: new Map([['one', one]]),
  });
  const { clones } = whatBecame(host({ inode: 2, digest: 'bytes' }), host(home), new Set());
  expect(clones['one']?.volumes['home']?.fate).toBe(fate);
});

test('a new pool: everything is created', async () => {
  const { verdict, totals } = await live(v1);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({ data: { created: 3 }, overlays: { created: 4 }, machines: { created: 2 } });
});

test('the same code again: there is nothing to do, and nothing happens', async () => {
  const { verdict, totals } = await live(v1);
  expect(verdict).toBe('nothing-to-do');
  expect(totals).toMatchObject({ changedClones: 0, data: { kept: 3 }, overlays: { kept: 4 } });
});

test('a second base: its volume is created, and no clone is touched, whether it runs or not', async () => {
  // Paused, it cannot write on its disks.
  await lab.virsh('start', '--paused', SECOND);
  const { verdict, totals, pools } = await live(proposed);
  await lab.virsh('destroy', SECOND);
  expect({ verdict, changed: totals.changedClones }).toEqual({ verdict: 'safe', changed: 0 });
  expect(pools[0]!.clones.map(({ machine }) => machine.running)).toEqual([false, true]);
});

test('a canary rebase: one system replaced, one temporary volume reset, the way back retained, all data kept', async () => {
  const { verdict, totals } = await live({ ...proposed, rebase: { clones: [FIRST] } });
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({
    changedClones: 1,
    data: { kept: 3 },
    overlays: { replaced: 1, reset: 1, kept: 2 },
    retained: { retained: 1 },
    machines: { [changedMachine()]: 1, unchanged: 1 },
  });
});

test('the rebase of all: the canary stays as it is, the other clone follows', async () => {
  const { verdict, totals } = await live(rebased);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({
    overlays: { replaced: 1, reset: 1, kept: 2 },
    retained: { retained: 2 },
    data: { kept: 3 },
  });
});

test('a revert: the machines go back to the very overlays that were retained', async () => {
  const { verdict, totals } = await live(proposed);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({ overlays: { reverted: 2, reset: 2 }, data: { kept: 3 } });
});

test('the promotion after another rebase: the way back is discarded, the machines stay as they are', async () => {
  await live(rebased);
  const { verdict, totals } = await live(promoted);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({
    retained: { discarded: 2 },
    overlays: { kept: 4 },
    machines: { unchanged: 2 },
  });
});

test('a restore, by "terraform plan -replace" or in the code: that clone gets a fresh system, the other nothing', async () => {
  const overlays = ['root', 'scratch'].map(
    (volume) => `libvirt_volume.students__${SECOND}__${volume}__guest-v2`,
  );
  const { verdict, totals } = isOwnProvider
    ? await live({ ...promoted, restore: { [SECOND]: 'again' } })
    : await live(promoted, overlays);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({
    overlays: { replaced: 1, reset: 1, kept: 2 },
    data: { kept: 3 },
    machines: { [changedMachine()]: 1, unchanged: 1 },
  });
});

test('a clone is retired: its machine and overlays go, its data is archived', async () => {
  const { verdict, totals } = await live(retired);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({
    data: { archived: 2, kept: 1 },
    overlays: { discarded: 2 },
    machines: { removed: 1 },
  });
});

test('it is brought back: the same data under a new machine', async () => {
  const { verdict, totals } = await live(promoted);
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({ data: { kept: 3 }, overlays: { created: 2 }, machines: { created: 1 } });
});

test('it is retired again and purged: its data is deleted, as the code asks', async () => {
  await live(retired);
  const { verdict, totals } = await live({ ...promoted, clones: [FIRST] });
  expect(verdict).toBe('safe');
  expect(totals).toMatchObject({ data: { purged: 2, kept: 1 }, machines: { unchanged: 1 } });
});

test('the base that nobody uses is retired, then deleted', async () => {
  const last: CodeChange = { ...promoted, clones: [FIRST] };
  project.write({ ...last, retiredBases: ['v1'] });
  await succeed(project.deploy());
  const { bases } = await live({ ...last, bases: ['v2'] });
  expect(Object.fromEntries(bases.map(({ base, fate }) => [base, fate]))).toEqual({
    'guest-v1': 'deleted',
    'guest-v2': 'kept',
  });
});
