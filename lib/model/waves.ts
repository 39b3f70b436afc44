/** How many clones: a number, or a share of all such as `'10%'`. */
export type WaveSize = number | `${number}%`;

/** What is wrong with the sizes of waves, one message each. */
export function waveProblems(sizes: readonly WaveSize[]): string[] {
  return sizes.flatMap((size, index) => {
    const parsed = parse(size);
    if (!parsed) {
      return [
        `waves: ${JSON.stringify(size)} is no size of a wave: expected a whole number of clones from 1 on, or a whole share from '1%' to '100%'`,
      ];
    }
    // A number and a share can only be compared once the number of clones is known; a wave that adds nobody is left out.
    const before = sizes
      .slice(0, index)
      .reverse()
      .find((one) => parse(one)?.unit === parsed.unit);
    if (before === undefined || parse(before)!.amount < parsed.amount) return [];
    return [
      `waves: ${JSON.stringify(size)} comes after ${JSON.stringify(before)}: each says how many clones have moved when the wave is over, so write them growing`,
    ];
  });
}

/**
 * Divides items into waves; a size says how many have moved when the wave is over, shares are rounded up.
 *
 * A wave that adds nobody is left out, and what is left after the last size is one more wave: `[1, '10%', '100%']` of
 * 30 items are waves of 1, 2 and 27.
 *
 * @throws RangeError when {@link waveProblems} finds any
 */
export function wavesOf<Item>(items: readonly Item[], sizes: readonly WaveSize[]): Item[][] {
  const problems = waveProblems(sizes);
  if (problems.length > 0) throw new RangeError(problems.join('; '));
  const ends = [...sizes.map((size) => Math.ceil(countOf(size, items.length))), items.length];
  const waves: Item[][] = [];
  let start = 0;
  for (const end of ends) {
    if (end <= start || start >= items.length) continue;
    waves.push(items.slice(start, end));
    start = end;
  }
  return waves;
}

/**
 * Divides waves further, so that none is larger than a maximum; a share is one of `total`, rounded down, and at least 1.
 *
 * @throws RangeError when the maximum is no size of a wave
 */
export function splitByUnavailable<Item>(
  waves: readonly (readonly Item[])[],
  max: WaveSize,
  total: number,
): Item[][] {
  const most = Math.max(1, Math.floor(countOf(max, total)));
  return waves.flatMap((wave) =>
    Array.from({ length: Math.ceil(wave.length / most) }, (_, part) =>
      wave.slice(part * most, (part + 1) * most),
    ),
  );
}

function countOf(size: WaveSize, total: number): number {
  const parsed = parse(size);
  if (!parsed) {
    throw new RangeError(
      `${JSON.stringify(size)} is no size of a wave: expected a whole number from 1 on, or a whole share from '1%' to '100%'`,
    );
  }
  // Multiplied first: 7 % of 100 is exactly 7, and not a little more, which would be rounded up to 8.
  return parsed.unit === 'clones' ? parsed.amount : (total * parsed.amount) / 100;
}

function parse(size: WaveSize): { readonly amount: number; readonly unit: 'clones' | 'percent' } | undefined {
  if (typeof size === 'number') {
    return Number.isSafeInteger(size) && size >= 1 ? { amount: size, unit: 'clones' } : undefined;
  }
  const [, percent] = /^(\d{1,3})%$/.exec(size) ?? [];
  const amount = Number(percent);
  return amount >= 1 && amount <= 100 ? { amount, unit: 'percent' } : undefined;
}
