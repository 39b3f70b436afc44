import { ClonePool } from 'regraft';
import type { Generation } from '../review/recorded';
import { stackOf } from '../review/classroom';
import { makePlan } from '../review/plan-maker';

// Provider 0.9 says some 2,000 attributes of every machine, nearly all of them null.
const PADDING = Object.fromEntries(
  Array.from({ length: 1500 }, (_, index) => [`attribute_that_nobody_sets_${index}`, null]),
);

/** The JSON of a plan as large as a stack may have it: a rebase of 100 clones of four volumes, some 50 MB. */
export function largePlan(generation: Generation): string {
  const fleet = { clones: ClonePool.numbered('student', 100), data: ['home', 'mail'], extra: {} };
  const plan = makePlan(
    stackOf(fleet, generation),
    stackOf({ ...fleet, rebase: 'all' }, generation),
    generation,
  );
  for (const { type, change } of plan.resource_changes) {
    if (type !== 'libvirt_domain') continue;
    for (const part of ['before', 'after', 'after_unknown', 'before_sensitive', 'after_sensitive']) {
      change[part] = { ...change[part], padding: [PADDING, PADDING] };
    }
  }
  return JSON.stringify(plan);
}
