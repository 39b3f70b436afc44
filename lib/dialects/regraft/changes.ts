import { unknownAfter } from '../../model/plan-values';
import type { ResourceChange } from '../../model/resource-change';
import { realAddress } from './addresses';
import type { InnerKind, InnerObject } from './objects';
import { innerObjects, isComposed } from './objects';

/** A change with its resource opened: one change for each machine and volume that it holds before or after. */
export function innerChanges(change: ResourceChange): ResourceChange[] {
  if (!isComposed(change.type)) return [change];
  const [before, after] = [
    innerObjects(change.address, change.type, change.before),
    innerObjects(change.address, change.type, change.after),
  ];
  const later = new Map(after.map((one) => [one.address, one]));
  const moved = movedVolumes(before, later);
  const left = new Set(moved.values());
  const changes = before
    .filter(({ address }) => !left.has(address))
    .map((was) => changeOf(change, was, later.get(was.address)));
  const known = new Set(before.map(({ address }) => address));
  const fresh = after
    .filter(({ address }) => !known.has(address))
    .map((now) =>
      changeOf(
        change,
        before.find(({ address }) => address === moved.get(now.address)),
        now,
      ),
    );
  return [...changes, ...fresh];
}

/** The data volumes that go into the archive or come out of it with their file, by the address that they have then. */
function movedVolumes(
  before: readonly InnerObject[],
  after: ReadonlyMap<string, InnerObject>,
): Map<string, string> {
  const known = new Set(before.map(({ address }) => address));
  const fresh = [...after.values()].filter(({ address, kind }) => isData(kind) && !known.has(address));
  return new Map(
    fresh.flatMap((now): [string, string][] => {
      const was = before.find(
        ({ address, kind, volume, values }) =>
          isData(kind) && volume === now.volume && !after.has(address) && isSameFile(values, now.values),
      );
      return was ? [[now.address, was.address]] : [];
    }),
  );
}

function changeOf(
  change: ResourceChange,
  was: InnerObject | undefined,
  now: InnerObject | undefined,
): ResourceChange {
  const { address, kind, type } = (now ?? was)!;
  const from = was && now && was.address !== address ? was.address : address;
  const previous =
    change.previousAddress === undefined
      ? from
      : `${change.previousAddress}${from.slice(change.address.length)}`;
  const actions = actionsOf(change, kind, was, now);
  const isKept = actions.join() === 'no-op';
  return {
    address,
    ...(previous === address ? {} : { previousAddress: previous }),
    ...(change.deposed === undefined ? {} : { deposed: change.deposed }),
    type,
    actions,
    before: was?.values ?? null,
    after: now?.values ?? null,
    afterUnknown: isKept || now === undefined ? {} : unknownIn(change.afterUnknown, now),
    beforeSensitive: marksOf(change.beforeSensitive, was),
    afterSensitive: marksOf(change.afterSensitive, now),
    importing: change.importing,
  };
}

function actionsOf(
  { actions, before, after }: ResourceChange,
  kind: InnerKind,
  was: InnerObject | undefined,
  now: InnerObject | undefined,
): readonly string[] {
  // What nobody knows is for the review to refuse.
  if (actions.some((action) => !KNOWN.has(action)) || actions.length === 0) return actions;
  if (actions.includes('forget') && !actions.includes('create')) return ['forget'];
  const isReplaced = actions.includes('create') && (actions.includes('delete') || actions.includes('forget'));
  const keepsData = actions.includes('forget') || keeps(before);
  if (was && now) {
    if (isReplaced && kind === 'machine') return actions;
    if (isReplaced && isData(kind) && !keepsData) return actions;
    if (kind === 'machine') return isSameMachine(was, now, before) ? ['no-op'] : ['update'];
    if (isSameFile(was.values, now.values)) return isBaseChange(kind, was, now) ? ['update'] : ['no-op'];
    return isData(kind) || kind === 'base' ? ['delete', 'create'] : ['create', 'delete'];
  }
  if (now) return ['create'];
  if (!isData(kind)) return ['delete'];
  // A destroyed clone leaves its data on the host unless it was told to purge it; a living one may set a volume aside.
  const setAside = after === null || after === undefined ? keeps(before) : isArchived(after, was!);
  return setAside ? ['forget'] : ['delete'];
}

const KNOWN = new Set(['no-op', 'create', 'read', 'update', 'delete', 'forget']);

function isData(kind: InnerKind): boolean {
  return kind === 'data' || kind === 'archived';
}

function keeps(values: unknown): boolean {
  return (values as { data_on_destroy?: unknown } | null | undefined)?.data_on_destroy !== 'purge';
}

function isArchived(after: unknown, { values }: InnerObject): boolean {
  const archived = (after as { archived?: Readonly<Record<string, unknown>> | null }).archived;
  return Object.values(archived ?? {}).includes(values['path']);
}

function isSameFile(one: InnerObject['values'], other: InnerObject['values']): boolean {
  return one['path'] !== undefined && one['path'] === other['path'];
}

/** Nothing of a base is ever written again, so that whatever differs is a change of what stands there. */
function isBaseChange(kind: InnerKind, was: InnerObject, now: InnerObject): boolean {
  return kind === 'base' && text(was.values) !== text(now.values);
}

/** What was changed by hand is undone by whatever plan changes the clone. */
function isSameMachine(was: InnerObject, now: InnerObject, before: unknown): boolean {
  const drift = (before as { drift?: unknown } | null | undefined)?.drift;
  return !(Array.isArray(drift) && drift.length > 0) && text(was.values) === text(now.values);
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

/** What is only known after apply, by the names that the object has for it. */
function unknownIn(afterUnknown: unknown, { kind, volume }: InnerObject): object {
  const at = (...path: string[]): boolean => unknownAfter({ afterUnknown }, ...path);
  if (kind === 'machine') return at('uuid') ? { uuid: true } : {};
  const path = kind === 'retained' ? at('retained', volume!) : at('volumes', volume!, 'path');
  return {
    ...(path ? { id: true, path: true, name: true } : {}),
    ...(at('volumes', volume!, 'size') ? { capacity: true } : {}),
  };
}

/** What Terraform marks as sensitive, by the names that the object has for it. */
function marksOf(marks: unknown, object: InnerObject | undefined): unknown {
  if (object === undefined || marks === true) return marks ?? {};
  const of = (marks ?? {}) as Record<string, unknown>;
  if (object.kind === 'machine') {
    const { name, uuid, macs, domain_xml: definition, cloud_init } = of;
    return { name, uuid, definition, cloud_init, devices: macs ?? of['volumes'] };
  }
  const volumes = object.kind === 'retained' ? of['retained'] : of['volumes'];
  const own = volumes === true ? true : (volumes as Record<string, unknown> | undefined)?.[object.volume!];
  return own === undefined || own === false || (typeof own === 'object' && !hasMark(own)) ? {} : true;
}

function hasMark(marks: unknown): boolean {
  if (typeof marks !== 'object' || marks === null) return marks === true;
  return Object.values(marks).some(hasMark);
}

/**
 * The changes of a plan with files that several data volumes name said once.
 *
 * A retired clone whose data another one has taken over still names the file. It is the volume that the manifest
 * knows, before and after; where these are two, it has moved from one to the other.
 */
export function ownedChanges<One extends ResourceChange>(
  changes: readonly One[],
  declared: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> },
): One[] {
  const shared = sharedFiles(changes.filter(({ deposed }) => deposed === undefined));
  if (shared.size === 0) return [...changes];
  const dropped = new Set<One>();
  const replaced = new Map<One, One>();
  for (const holders of shared.values()) {
    const later = holders.find(({ address, after }) => after !== null && declared.after.has(address));
    const earlier = holders.find(({ address, previousAddress = address, before }) =>
      before !== null ? declared.before.has(previousAddress) : false,
    );
    if (later === undefined) continue;
    for (const one of holders) if (one !== later && isHarmless(one)) dropped.add(one);
    if (earlier === undefined || earlier === later || !dropped.has(earlier) || later.before !== null)
      continue;
    replaced.set(later, {
      ...later,
      actions: ['no-op'],
      before: earlier.before,
      beforeSensitive: earlier.beforeSensitive,
      previousAddress: earlier.previousAddress ?? earlier.address,
    });
  }
  return changes.filter((one) => !dropped.has(one)).map((one) => replaced.get(one) ?? one);
}

function sharedFiles<One extends ResourceChange>(changes: readonly One[]): Map<string, One[]> {
  const holders = new Map<string, One[]>();
  for (const one of changes) {
    if (one.type !== 'libvirt_volume' || realAddress(one.address) === one.address) continue;
    const path = pathOf(one.after) ?? pathOf(one.before);
    if (path !== undefined) holders.set(path, [...(holders.get(path) ?? []), one]);
  }
  return new Map([...holders].filter(([, all]) => all.length > 1));
}

function pathOf(values: unknown): string | undefined {
  return (values as { path?: string } | null | undefined)?.path;
}

/** A deletion stays to be judged: it is of the very file that another volume is. */
function isHarmless({ actions }: ResourceChange): boolean {
  return actions.every((action) => action === 'no-op' || action === 'forget' || action === 'create');
}
