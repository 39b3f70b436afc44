import type { Review } from '../../lib/review';

/** What becomes of the volumes of a review, counted by their fates. */
export function fatesIn({ pools }: Review): string {
  const volumes = pools.flatMap(({ clones }) => clones.flatMap((clone) => clone.volumes));
  const fates = volumes.flatMap(({ fate, retained }) => [
    fate as string,
    ...(retained ? [retained.fate === 'retained' ? 'retained' : `${retained.fate} way back`] : []),
  ]);
  return [...new Set(fates)]
    .sort()
    .map((fate) => `${fate} ${fates.filter((one) => one === fate).length}`)
    .join(', ');
}
