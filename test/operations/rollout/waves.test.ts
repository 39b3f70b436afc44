import fc from 'fast-check';
import type { Manifest } from '../../../lib/model/manifest';
import type { CloneRecord } from '../../../lib/model/run-record';
import { CLONE_PHASES } from '../../../lib/model/run-record';
import type { WaveSize } from '../../../lib/model/waves';
import type { Wave } from '../../../lib/operations/rollout/course';
import type { RolloutClone } from '../../../lib/operations/rollout/rollout';
import {
  cloneRecords,
  isUnderWay,
  waveRecords,
  wavesFor,
  wavesLeft,
} from '../../../lib/operations/rollout/waves';

function clone(pool: string, name: string, fate: RolloutClone['fate'] = 'recreated'): RolloutClone {
  return { pool, clone: name, key: `${pool}/${name}`, host: 'lab', fate, reset: true };
}

function manifest(waves: Readonly<Record<string, readonly WaveSize[]>>): Manifest {
  return {
    rebases: Object.entries(waves).map(([pool, sizes]) => ({ pool, waves: sizes })),
  } as unknown as Manifest;
}

const names = (waves: readonly Wave[]): string[][] => waves.map(({ clones }) => clones.map(({ key }) => key));
const students = Array.from({ length: 30 }, (_, index) => clone('students', `s${index + 1}`));

const pools = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    count: fc.integer({ min: 0, max: 9 }),
    sizes: fc.constantFrom<readonly WaveSize[]>([], [1], [1, '50%'], [2, 4], ['10%', '100%']),
    fates: fc.array(fc.constantFrom<RolloutClone['fate']>('redefined', 'recreated', 'created', 'removed'), {
      minLength: 9,
      maxLength: 9,
    }),
  }),
  { selector: ({ name }) => name },
);
const options = fc.record(
  { canary: fc.integer({ min: 1, max: 4 }), maxUnavailable: fc.constantFrom<WaveSize>(1, 3, '20%', '100%') },
  { requiredKeys: [] },
);

test('every clone is in exactly one wave, and the last one alone is the whole plan, whatever is asked for', () => {
  fc.assert(
    fc.property(pools, options, (made, asked) => {
      const clones = made.flatMap(({ name, count, fates }) =>
        Array.from({ length: count }, (_, index) => clone(name, `c${index}`, fates[index])),
      );
      const waves = wavesFor(
        clones,
        manifest(Object.fromEntries(made.map(({ name, sizes }) => [name, sizes]))),
        asked,
      );
      expect(names(waves).flat().sort()).toEqual(clones.map(({ key }) => key).sort());
      expect(waves.map(({ whole }) => whole)).toEqual(waves.map((_, index) => index === waves.length - 1));
      // Machines that are made or removed come with the whole plan.
      const early = waves.slice(0, -1).flatMap((wave) => wave.clones);
      expect(early.filter(({ fate }) => fate === 'created' || fate === 'removed')).toEqual([]);
      expect(waves.slice(0, -1).filter((wave) => wave.clones.length === 0)).toEqual([]);
    }),
  );
});

test('the waves of the Rebase are taken; --canary takes their place, and --max-unavailable divides either', () => {
  const rebase = manifest({ students: [1, '10%', '100%'] });
  const sizes = (asked: Parameters<typeof wavesFor>[2]): number[] =>
    wavesFor(students, rebase, asked).map((wave) => wave.clones.length);
  expect(sizes({})).toEqual([1, 2, 27]);
  expect(sizes({ canary: 2 })).toEqual([2, 28]);
  expect(sizes({ maxUnavailable: 10 })).toEqual([1, 2, 10, 10, 7]);
  expect(sizes({ maxUnavailable: '50%' })).toEqual([1, 2, 15, 12]);
  expect(sizes({ canary: 3, maxUnavailable: '34%' })).toEqual([3, 10, 10, 7]);
});

test('of several pools the canaries come first, and the last waves go together', () => {
  const [a, b] = [[1, 2, 3].map((n) => clone('a', `a${n}`)), [1, 2].map((n) => clone('b', `b${n}`))];
  expect(names(wavesFor([...a, ...b], manifest({ a: [1, 2] }), {}))).toEqual([
    ['a/a1'],
    ['a/a2'],
    ['a/a3', 'b/b1', 'b/b2'],
  ]);
});

test('a plan that moves no machine is one wave of nobody', () => {
  expect(wavesFor([], manifest({}), { canary: 1 })).toEqual([{ clones: [], whole: true }]);
});

function record(phase: CloneRecord['phase']): CloneRecord {
  return { ...cloneRecords([clone('students', 's1')])['students/s1']!, phase };
}

test('of a run that goes on, the clones that are through are left out, and waves of nobody but the whole', () => {
  const waves = wavesFor(students.slice(0, 4), manifest({ students: [1, 2, 3] }), {});
  const left = wavesLeft(waves, {
    'students/s1': record('done'),
    'students/s2': record('failed'),
    'students/s3': record('skipped'),
    'students/s4': record('done'),
  });
  expect(names(left)).toEqual([['students/s2'], ['students/s3'], []]);
  expect(left.at(-1)!.whole).toBe(true);
  const over = { clones: ['students/s1'], state: 'done' } as const;
  expect(waveRecords([over, { ...over, state: 'failed' }], left)).toEqual([
    over,
    { clones: ['students/s2'], state: 'waiting' },
    { clones: ['students/s3'], state: 'waiting' },
    { clones: [], state: 'waiting' },
  ]);
});

test('a clone is under way from the moment that it is asked to leave until it is through', () => {
  expect(CLONE_PHASES.filter((phase) => !isUnderWay(record(phase)))).toEqual([
    'waiting',
    'done',
    'skipped',
    'reverted',
    'failed',
  ]);
});
