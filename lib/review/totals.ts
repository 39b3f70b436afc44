import type { Finding } from './findings';
import type { PoolReview, Totals } from './review';

/** Counts what becomes of clones, volumes and machines. */
export function totalsOf(pools: readonly PoolReview[], findings: readonly Finding[]): Totals {
  const clones = pools.flatMap((pool) => pool.clones);
  const volumes = clones.flatMap((clone) => clone.volumes);
  const machines = clones.map(({ machine }) => machine.fate).filter((fate) => fate !== 'none');
  return {
    clones: clones.length,
    changedClones: clones.filter(({ status }) => status !== 'unchanged' && status !== 'retired').length,
    data: count(volumes.filter(({ type }) => type === 'data').map(({ fate }) => fate)),
    overlays: count(volumes.filter(({ type }) => type !== 'data').map(({ fate }) => fate)),
    retained: count(volumes.flatMap(({ retained }) => (retained ? [retained.fate] : []))),
    machines: count(machines),
    findings: { info: 0, warning: 0, refuse: 0, ...count(findings.map(({ severity }) => severity)) },
  };
}

function count<Key extends string>(values: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
