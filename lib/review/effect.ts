import type { ResourceChange } from './plan-json';

/** What a change comes to, whatever its reason; `unknown` stands for an action that this version does not know. */
export type Effect = 'none' | 'create' | 'update' | 'replace' | 'delete' | 'forget' | 'unknown';

const KNOWN = new Set(['no-op', 'create', 'read', 'update', 'delete', 'forget']);

/** The effect of a list of actions, in whatever order and combination they stand. */
export function effectOf(actions: readonly string[]): Effect {
  if (actions.length === 0 || actions.some((action) => !KNOWN.has(action))) return 'unknown';
  const has = (action: string): boolean => actions.includes(action);
  const goes = has('delete') || has('forget');
  if (goes && has('create')) return 'replace';
  if (has('delete')) return 'delete';
  if (has('forget')) return 'forget';
  if (has('create')) return 'create';
  return has('update') ? 'update' : 'none';
}

/** A change as a finding says it, such as `delete, create`. */
export function actionsText(change: Pick<ResourceChange, 'actions'> | undefined): string {
  if (!change) return 'not in the plan';
  return change.actions.length === 0 ? 'no action at all' : change.actions.join(', ');
}
