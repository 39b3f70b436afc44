import type { RebasePlan } from '../../model/rebase-plan';
import type { Case } from '../case';
import type { CloneReview, PoolReview, Stage, VolumeReview } from '../review';
import type { CloneSubject } from './overlays';

/** Judges a clone's volumes against what the manifest's rebase, or the lack of one, declares for them. */
export function judgeRebase(given: Case, subject: CloneSubject, volumes: readonly VolumeReview[]): void {
  const { pool, clone, before, after } = subject;
  if (!after) return;
  const plans = given.after.rebases.filter((plan) => plan.pool === pool);
  const moves = before !== undefined && before.base !== after.base;
  for (const plan of plans) judgePlanned(given, subject, plan, moves, volumes);
  if (!moves) {
    if (before?.retainedBase !== undefined && after.retainedBase === undefined) {
      given.report('RG407', { pool, clone, expected: `${before.retainedBase} retained`, found: 'discarded' });
    }
    return;
  }
  const rebased = plans.some((plan) => plan.clones.some((one) => one.clone === clone && one.rebased));
  if (before.retainedBase === after.base) {
    given.report('RG408', {
      pool,
      clone,
      expected: `system volumes on ${before.base}`,
      found: `back on ${after.base}`,
    });
  } else if (!rebased || after.retainedBase === undefined) {
    given.report('RG406', {
      pool,
      clone,
      expected: `system volumes on ${before.base} retained`,
      found: `replaced by new ones on ${after.base}`,
      // `retain: false` in the code asks for it.
      ...(rebased ? { severity: 'info' as const } : {}),
    });
  }
}

function judgePlanned(
  given: Case,
  { pool, clone, before }: CloneSubject,
  plan: RebasePlan,
  moves: boolean,
  volumes: readonly VolumeReview[],
): void {
  const planned = plan.clones.find((one) => one.clone === clone);
  if (!planned) {
    given.report('RG404', {
      pool,
      clone,
      expected: 'a clone of the rebase, or one left alone',
      found: 'no word of it in the rebase',
    });
    return;
  }
  for (const { volume, fate } of planned.volumes) {
    const found = volumes.find((one) => one.volume === volume);
    const expected = moves && planned.rebased ? fate : 'kept';
    const actual = found?.fate ?? 'unknown';
    // A volume that is made for the first time, and a restore, have findings of their own where they need any.
    const fits =
      actual === expected ||
      before?.volumes[volume] === undefined ||
      isRestore(found) ||
      actual === 'adopted';
    if (!fits && actual !== 'endangered' && actual !== 'unknown') {
      given.report('RG404', { pool, clone, expected: `${volume} ${expected}`, found: `${volume} ${actual}` });
    }
  }
}

function isRestore(volume: VolumeReview | undefined): boolean {
  const fresh = volume?.fate === 'replaced' || volume?.fate === 'reset';
  return fresh && volume.before?.address === volume.after?.address;
}

/** The step in the life of a base update that the plan is for a pool. */
export function stageOf(given: Case, pool: string, clones: readonly CloneReview[]): Stage {
  const [before, after] = [given.before?.pools[pool], given.after.pools[pool]];
  if (!after) return 'removed';
  if (!before) return 'created';
  const moved = clones.filter(
    ({ base }) => base.before !== undefined && base.after !== undefined && base.before !== base.after,
  );
  const back = moved.filter(({ clone, base }) => before.clones[clone]?.retainedBase === base.after);
  if (moved.length > 0) return back.length === moved.length ? 'reverted' : 'rebased';
  if (before.base !== after.base) return 'promoted';
  return clones.some(({ status }) => status !== 'unchanged' && status !== 'retired')
    ? 'changed'
    : 'unchanged';
}

/** The base of a pool before and after, and the one that a rebase moves its clones onto. */
export function baseChangeOf(given: Case, pool: string): Pick<PoolReview, 'base' | 'rebaseTo'> {
  const [before, after] = [given.before?.pools[pool]?.base, given.after.pools[pool]?.base];
  const to = given.after.rebases.find((plan) => plan.pool === pool)?.to;
  return {
    base: { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
    ...(to === undefined ? {} : { rebaseTo: to }),
  };
}
