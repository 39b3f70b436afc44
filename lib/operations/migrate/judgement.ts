import { isDeepStrictEqual } from 'node:util';
import type { PlannedResource, RawPlan } from './trial';

/** What the first plan after a migration still does, beside what the code asked for before it. */
export interface LeftToDo {
  readonly address: string;
  readonly actions: readonly string[];
  /** Whether it is the record of a base, which the next apply leaves on the host. */
  readonly isRecord: boolean;
}

/**
 * Why the plan of a state that was made up must not be taken, one line each: what it would do on the host.
 *
 * @param own the addresses of the objects that were made up
 */
export function hostChanges({ changes }: RawPlan, own: ReadonlySet<string>): string[] {
  return changes
    .filter(({ address, type }) => own.has(address) || isOwn(type))
    .filter((one) => !isNothing(one) && !isRecord(one))
    .map(
      ({ address, change: { actions, before, after, after_unknown: unknown } }) =>
        `${address} would not stay as it is (${actions.join(' and ')}): ${wordsOf(before, after, unknown)}`,
    );
}

/**
 * The files that a plan of made-up objects would take others for, one line each; words may differ, files may not.
 *
 * @param own the objects that were made up, by address
 */
export function otherFiles({ changes }: RawPlan, own: ReadonlyMap<string, object>): string[] {
  return changes.flatMap(({ address, change: { actions, after } }) => {
    const made = own.get(address);
    if (made === undefined) return [];
    const isKept = actions.length === 1 && ['no-op', 'update'].includes(actions[0]!);
    if (!isKept) return [`${address} would not stay as it is: the plan is to ${actions.join(' and ')} it`];
    const [was, now] = [filesIn(made), filesIn(after)];
    return Object.keys({ ...was, ...now }).flatMap((place) =>
      was[place] === now[place]
        ? []
        : [
            `${address} would not stay as it is: ${place} is ${was[place] ?? 'not there'}, planned ${now[place] ?? 'not known before apply'}`,
          ],
    );
  });
}

/** What a plan does that is not for a migration to judge: base records, and resources of other providers. */
export function leftToDo({ changes }: RawPlan): LeftToDo[] {
  return changes
    .filter((one) => !isNothing(one))
    .map((one) => ({ address: one.address, actions: one.change.actions, isRecord: isRecord(one) }));
}

function isOwn(type: string): boolean {
  return type === 'regraft_base' || type === 'regraft_clone';
}

function isNothing({ change: { actions } }: PlannedResource): boolean {
  return actions.every((action) => action === 'no-op' || action === 'read');
}

function isRecord({ type, change: { actions, before, after } }: PlannedResource): boolean {
  if (type !== 'regraft_base' || actions.join() !== 'update') return false;
  return isDeepStrictEqual({ ...(before as object), record: null }, { ...(after as object), record: null });
}

/** All paths that an object names, by where they stand. */
function filesIn(values: unknown): Record<string, string> {
  const {
    volumes,
    retained,
    archived,
    cloud_init: medium,
  } = (values ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>> | null | undefined>>;
  const found: [string, unknown][] = [
    ...Object.entries(volumes ?? {}).map(([volume, one]): [string, unknown] => [
      `volume ${volume}`,
      (one as { path?: unknown } | null)?.path,
    ]),
    ...Object.entries(retained ?? {}).map(([volume, path]): [string, unknown] => [
      `retained volume ${volume}`,
      path,
    ]),
    ...Object.entries(archived ?? {}).map(([volume, path]): [string, unknown] => [
      `archived volume ${volume}`,
      path,
    ]),
    ['the cloud-init medium', medium?.['path']],
  ];
  return Object.fromEntries(found.filter((one): one is [string, string] => typeof one[1] === 'string'));
}

/** What differs, without the texts themselves: there may be secrets in them. */
function wordsOf(before: unknown, after: unknown, unknown: unknown): string {
  const [was, now, later] = [before, after, unknown].map(
    (values) => (values ?? {}) as Readonly<Record<string, unknown>>,
  );
  const drift = was!['drift'];
  if (Array.isArray(drift) && drift.length > 0)
    return `it was changed by hand, which would be undone: ${drift.join('; ')}`;
  const names = Object.keys({ ...was, ...now }).filter(
    (name) => later![name] === true || !isDeepStrictEqual(was![name], now![name]),
  );
  return names.length === 0 ? 'see terraform plan' : `${names.join(', ')} would be another`;
}
