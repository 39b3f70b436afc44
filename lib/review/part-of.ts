import { realAddress } from '../dialects/regraft/addresses';
import type { Effect } from './effect';
import { actionsText, effectOf } from './effect';
import type { Plan, ResourceChange } from './plan-json';

/**
 * What may be left of an approved effect when a run of it broke off, or when a part of it is done already.
 *
 * A replacement that broke off half-way is a creation, or the deletion of what was replaced. What a creation that
 * broke off has made, and a repair has taken into the state, is updated: provider 0.9 says so of each machine that it
 * has imported.
 */
const LEFT_OF: Readonly<Record<Effect, readonly Effect[]>> = {
  none: ['none'],
  create: ['none', 'create', 'update', 'replace'],
  update: ['none', 'update'],
  replace: ['none', 'replace', 'create', 'delete'],
  delete: ['none', 'delete'],
  forget: ['none', 'forget'],
  unknown: [],
};

/**
 * What a plan does that an approved one does not, one line each; empty when it is a part of it.
 *
 * Overlays are named by the time of their plan, so times in names are no difference; nor is what only one of both
 * plans knows, such as the path of a base that a wave before has made; nor is the ID of an object, which the code
 * never says: in provider 0.9 that of a machine is libvirt's number of its last start.
 */
export function beyond(approved: Plan, part: Plan): string[] {
  const known = new Map(approved.changes.map((change) => [change.address, change]));
  const found = part.changes.flatMap((change) => {
    const effect = effectOf(change.actions);
    if (effect === 'none' && change.deposed === undefined && change.previousAddress === undefined) return [];
    return beyondChange(known.get(change.address), change, effect);
  });
  // What stands on no host has no change of its own here.
  const touched = new Set([
    ...approved.inStateOnly,
    ...approved.changes.map(({ address }) => realAddress(address)),
  ]);
  const words = part.inStateOnly
    .filter((address) => !touched.has(address))
    .map((address) => `${address}: an update, which was not in the plan`);
  return [...found, ...words, ...beyondOutputs(approved, part)];
}

function beyondChange(
  approved: ResourceChange | undefined,
  change: ResourceChange,
  effect: Effect,
): string[] {
  const { address } = change;
  if (!approved) return [`${address}: ${actionsText(change)}, which was not in the plan`];
  const allowed = effectOf(approved.actions);
  if (change.deposed !== undefined) {
    return allowed === 'replace' || allowed === 'create'
      ? []
      : [`${address}: deletes deposed object ${change.deposed}, approved was ${actionsText(approved)}`];
  }
  if (!LEFT_OF[allowed].includes(effect)) {
    return [`${address}: ${actionsText(change)}, approved was ${actionsText(approved)}`];
  }
  if (change.previousAddress !== undefined && change.previousAddress !== approved.previousAddress) {
    return [
      `${address}: moved from ${change.previousAddress}, approved was ${approved.previousAddress ?? 'no move'}`,
    ];
  }
  const place =
    effect === 'delete' && allowed === 'delete'
      ? difference(approved.before, undefined, change.before, undefined, ['name', 'pool'])
      : effect === 'delete' || effect === 'none'
        ? undefined
        : difference(
            withoutId(approved.after),
            approved.afterUnknown,
            withoutId(change.after),
            change.afterUnknown,
          );
  return place === undefined ? [] : [`${address}: ${place} is another than in the plan`];
}

function withoutId(values: unknown): unknown {
  return isComposite(values) ? { ...values, id: undefined } : values;
}

function beyondOutputs(approved: Plan, part: Plan): string[] {
  return Object.entries(part.outputs).flatMap(([name, change]) => {
    if (effectOf(change.actions) === 'none') return [];
    const wanted = approved.outputs[name];
    if (wanted === undefined) return [`output ${name}: ${actionsText(change)}, which was not in the plan`];
    const place = difference(wanted.after, wanted.afterUnknown, change.after, change.afterUnknown);
    return place === undefined ? [] : [`output ${name}: ${place} is another than in the plan`];
  });
}

/** Where two values differ, as far as both are known; `only` limits the comparison to these attributes. */
function difference(
  a: unknown,
  aUnknown: unknown,
  b: unknown,
  bUnknown: unknown,
  only?: readonly string[],
  path = '',
): string | undefined {
  if (aUnknown === true || bUnknown === true) return undefined;
  if (isComposite(a) && isComposite(b) && Array.isArray(a) === Array.isArray(b)) {
    const keys = only ?? [
      ...new Set([...Object.keys(a), ...Object.keys(b), ...keysOf(aUnknown), ...keysOf(bUnknown)]),
    ];
    for (const key of keys) {
      const place = difference(
        at(a, key),
        at(aUnknown, key),
        at(b, key),
        at(bUnknown, key),
        undefined,
        `${path === '' ? '' : `${path}.`}${key}`,
      );
      if (place !== undefined) return place;
    }
    return undefined;
  }
  // A value with parts that are not known yet may be left out as a whole.
  if ((isNothing(a) && hasUnknown(aUnknown)) || (isNothing(b) && hasUnknown(bUnknown))) return undefined;
  return timeless(a) === timeless(b) ? undefined : path || 'it';
}

/** The value as text, with the times in the names of overlays taken out. */
function timeless(value: unknown): string {
  return JSON.stringify(value ?? null).replace(/\.\d{14}\.(qcow2|iso)/g, '.TIME.$1');
}

type Composite = Readonly<Record<string, unknown>>;

function isComposite(value: unknown): value is Composite {
  return typeof value === 'object' && value !== null;
}

function keysOf(value: unknown): string[] {
  return isComposite(value) ? Object.keys(value) : [];
}

function at(value: unknown, key: string): unknown {
  return isComposite(value) ? value[key] : undefined;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function hasUnknown(mark: unknown): boolean {
  if (mark === true) return true;
  return isComposite(mark) && Object.values(mark).some(hasUnknown);
}
