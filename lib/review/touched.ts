import { Case } from './case';
import { effectOf } from './effect';
import type { Plan } from './plan-json';
import type { CloneReview, MachineFate, Review } from './review';

/** A clone whose machine a plan defines anew or removes. */
export interface TouchedClone {
  readonly pool: string;
  readonly clone: string;
  readonly host: string;
  readonly fate: Exclude<MachineFate, 'unchanged' | 'none'>;
  /** Whether the plan makes its temporary volumes anew. */
  readonly reset: boolean;
}

/** The clones whose machines a plan makes, defines anew or removes, in the order of the review. */
export function touchedClones({ pools }: Review): TouchedClone[] {
  return pools.flatMap(({ pool, host, clones }) =>
    clones.flatMap(({ clone, machine: { fate }, volumes }) =>
      fate === 'unchanged' || fate === 'none' ? [] : [{ pool, clone, host, fate, reset: isReset(volumes) }],
    ),
  );
}

function isReset(volumes: CloneReview['volumes']): boolean {
  return volumes
    .filter(({ type }) => type === 'temporary')
    .every(({ fate }) => fate === 'reset' || fate === 'created');
}

/**
 * The addresses to which a plan is limited for some clones: their machines, overlays and what belongs to them.
 *
 * Data and base volumes come along as what these depend on.
 */
export function targetsOf(plan: Plan, clones: readonly { pool: string; clone: string }[]): string[] {
  const chosen = new Set(clones.map(({ pool, clone }) => `${pool}/${clone}`));
  const given = new Case(plan, {});
  const own = plan.changes.filter((change) => {
    if (effectOf(change.actions) === 'none' && change.deposed === undefined) return false;
    const role = given.role(change.address);
    if (role === undefined || !('clone' in role) || role.role === 'data' || role.role === 'archived')
      return false;
    return chosen.has(`${role.pool}/${role.clone}`);
  });
  return [...new Set(own.map(({ address }) => address))];
}

/** The clones whose machines a plan changes in any way, as `POOL/CLONE`. */
export function movedMachines(plan: Plan): Set<string> {
  const given = new Case(plan, {});
  const moved = plan.changes.flatMap((change) => {
    if (effectOf(change.actions) === 'none') return [];
    const role = given.role(change.address);
    return role?.role === 'domain' ? [`${role.pool}/${role.clone}`] : [];
  });
  return new Set(moved);
}

/** What a plan changes that belongs to none of some clones, or is a data or base volume; one line each. */
export function beyondClones(plan: Plan, clones: readonly { pool: string; clone: string }[]): string[] {
  const own = new Set(targetsOf(plan, clones));
  return plan.changes
    .filter(({ actions, deposed, address }) => {
      return (effectOf(actions) !== 'none' || deposed !== undefined) && !own.has(address);
    })
    .map(({ address, actions }) => `${address}: ${actions.join(', ')}`);
}
