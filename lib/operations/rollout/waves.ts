import type { Manifest } from '../../model/manifest';
import type { CloneRecord, WaveRecord } from '../../model/run-record';
import { isOver } from '../../model/run-record';
import type { WaveSize } from '../../model/waves';
import { splitByUnavailable, wavesOf } from '../../model/waves';
import type { Wave } from './course';
import type { RolloutOptions } from './options';
import type { RolloutClone } from './rollout';

/**
 * Divides the clones that an approved plan touches into waves; the last one is the whole plan.
 *
 * Waves move machines that are there. Those that are made or removed come with the whole plan, at the end. Several
 * pools go side by side, the last waves together, so that every canary comes first.
 */
export function wavesFor(
  clones: readonly RolloutClone[],
  { rebases }: Manifest,
  options: Pick<RolloutOptions, 'canary' | 'maxUnavailable'>,
): Wave[] {
  const moving = clones.filter(({ fate }) => fate === 'redefined' || fate === 'recreated');
  const others = clones.filter((clone) => !moving.includes(clone));
  const pools = [...new Set(moving.map(({ pool }) => pool))];
  const sizesOf = (pool: string): readonly WaveSize[] =>
    rebases.find((rebase) => rebase.pool === pool)?.waves ?? [];
  const waves =
    options.canary === undefined
      ? together(
          pools.map((pool) =>
            wavesOf(
              moving.filter((clone) => clone.pool === pool),
              sizesOf(pool),
            ),
          ),
        )
      : wavesOf(moving, [options.canary]);
  const { maxUnavailable } = options;
  const parts =
    maxUnavailable === undefined ? waves : splitByUnavailable(waves, maxUnavailable, moving.length);
  const last = [...(parts.at(-1) ?? []), ...others];
  return [
    ...parts.slice(0, -1).map((part) => ({ clones: part, whole: false })),
    { clones: last, whole: true },
  ];
}

/** The waves that are left of a run: without the clones that are through, and without waves of nobody. */
export function wavesLeft(waves: readonly Wave[], records: Readonly<Record<string, CloneRecord>>): Wave[] {
  return waves
    .map(({ clones, whole }) => ({
      clones: clones.filter(({ key }) => records[key]?.phase !== 'done'),
      whole,
    }))
    .filter(({ clones, whole }) => whole || clones.length > 0);
}

/** The waves of a run as its record has them: those that are over, then those that are left. */
export function waveRecords(over: readonly WaveRecord[], left: readonly Wave[]): WaveRecord[] {
  const waiting = left.map(({ clones }): WaveRecord => ({
    clones: clones.map(({ key }) => key),
    state: 'waiting',
  }));
  return [...over.filter(({ state }) => state === 'done'), ...waiting];
}

/** How clones begin a run, or go on in one after it had stopped. */
export function cloneRecords(clones: readonly RolloutClone[]): Record<string, CloneRecord> {
  return Object.fromEntries(
    clones.map(({ key, pool, clone, host }) => [
      key,
      { pool, clone, host, phase: 'waiting', phases: [], data: {} },
    ]),
  );
}

/** Whether a clone is on its way between being asked to leave and being through. */
export function isUnderWay({ phase }: CloneRecord): boolean {
  return phase !== 'waiting' && !isOver(phase);
}

function together<Item>(pools: readonly Item[][][]): Item[][] {
  const most = Math.max(0, ...pools.map((waves) => waves.length));
  return Array.from({ length: most }, (_, index) =>
    pools.flatMap((waves) => waves[index - (most - waves.length)] ?? []),
  );
}
