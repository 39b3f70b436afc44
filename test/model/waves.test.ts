import fc from 'fast-check';
import type { WaveSize } from 'regraft';
import { splitByUnavailable, waveProblems, wavesOf } from 'regraft';

const items = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const lengths = (waves: readonly (readonly unknown[])[]): number[] => waves.map(({ length }) => length);

/** Sizes that nothing is wrong with: numbers and shares, each growing, mixed. */
const someSizes = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
    fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  )
  .map(([numbers, shares, turns]): WaveSize[] => {
    const growing = (list: number[]): number[] => [...list].sort((a, b) => a - b);
    const left: WaveSize[][] = [growing(numbers), growing(shares).map((share): WaveSize => `${share}%`)];
    return turns.flatMap((turn) => left[turn ? 0 : 1]!.splice(0, 1)).concat(...left);
  });
const someMaximum = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 100 }).map((share): WaveSize => `${share}%`),
);
const someCount = fc.integer({ min: 0, max: 120 });

describe('waves', () => {
  it.each<[number, WaveSize[], number[]]>([
    [30, [1, '10%', '100%'], [1, 2, 27]],
    [30, [], [30]],
    [30, [1], [1, 29]],
    [30, ['10%', '50%'], [3, 12, 15]],
    [3, [1, '10%', '50%'], [1, 1, 1]],
    [5, [1, 2, 10, 20], [1, 1, 3]],
    [30, [5, '10%', 6], [5, 1, 24]],
    [100, ['7%'], [7, 93]],
    [100, ['29%'], [29, 71]],
    [0, [1, '100%'], []],
  ])('of %d clones by %j are of %j', (count, sizes, expected) => {
    expect(lengths(wavesOf(items(count), sizes))).toEqual(expected);
  });

  it('hold every item exactly once, in order, and none is empty', () => {
    fc.assert(
      fc.property(someCount, someSizes, (count, sizes) => {
        const waves = wavesOf(items(count), sizes);
        expect(waves.flat()).toEqual(items(count));
        expect(lengths(waves)).not.toContain(0);
        expect(waves.length).toBeLessThanOrEqual(sizes.length + 1);
      }),
    );
  });

  it('never have moved more when they are over than the size says, rounded up', () => {
    fc.assert(
      fc.property(someCount, fc.integer({ min: 1, max: 100 }), (count, share) => {
        const [first = []] = wavesOf(items(count), [`${share}%`]);
        expect((first.length - 1) * 100).toBeLessThan(share * count || 1);
        expect(first.length * 100).toBeGreaterThanOrEqual(share * count);
      }),
    );
  });

  it('that are divided by a maximum hold every item once, in order, and none is larger, or of two waves', () => {
    fc.assert(
      fc.property(someCount, someSizes, someMaximum, (count, sizes, max) => {
        const waves = wavesOf(items(count), sizes);
        const parts = splitByUnavailable(waves, max, count);
        expect(parts.flat()).toEqual(items(count));
        const most = typeof max === 'number' ? max : Math.max(1, (count * Number.parseInt(max, 10)) / 100);
        for (const part of parts) {
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(most);
          expect(waves.some((wave) => part.every((item) => wave.includes(item)))).toBe(true);
        }
      }),
    );
  });

  it.each<[WaveSize, number[]]>([
    [1, [1, 1, 1, 1, 1]],
    [2, [2, 2, 1]],
    ['50%', [2, 2, 1]],
    ['1%', [1, 1, 1, 1, 1]],
    ['100%', [5]],
  ])('of 5 clones, at most %j at once, are of %j', (max, expected) => {
    expect(lengths(splitByUnavailable([items(5)], max, 5))).toEqual(expected);
  });
});

describe('sizes of waves are refused', () => {
  it.each([0, -1, 1.5, NaN, Infinity, '0%', '101%', '1.5%', '-5%', '10', '10 %', '%', ''])(
    'when one is %p, with its value and what is expected',
    (size) => {
      const [problem, ...others] = waveProblems([1, size as WaveSize]);
      expect(others).toEqual([]);
      expect(problem).toBe(
        `waves: ${JSON.stringify(size)} is no size of a wave: expected a whole number of clones from 1 on, or a whole share from '1%' to '100%'`,
      );
      expect(() => wavesOf([1], [size as WaveSize])).toThrow(problem);
      expect(() => splitByUnavailable([[1]], size as WaveSize, 1)).toThrow(RangeError);
    },
  );

  it.each<[WaveSize[], string, string]>([
    [[2, 1], '1', '2'],
    [[2, 2], '2', '2'],
    [['10%', 5, '10%'], '"10%"', '"10%"'],
    [[1, '50%', '20%', 3], '"20%"', '"50%"'],
  ])('when %j do not grow', (sizes, wrong, before) => {
    expect(waveProblems(sizes)).toEqual([
      `waves: ${wrong} comes after ${before}: each says how many clones have moved when the wave is over, so write them growing`,
    ]);
  });

  it('and taken when numbers grow and shares grow, since the two can only be compared for a number of clones', () => {
    fc.assert(fc.property(someSizes, (sizes) => expect(waveProblems(sizes)).toEqual([])));
    expect(waveProblems([5, '1%', 6])).toEqual([]);
  });
});
