import { addressBooks } from '../../dialects/address-book';
import { dataKey } from '../../model/file-names';
import type { ProviderGeneration } from '../../model/host';
import type { AddressRole, DataRole, Manifest } from '../../model/manifest';
import { dataFileOfRole } from '../../model/manifest';
import type { Case } from '../case';
import { actionsText } from '../effect';
import type { FindingCode } from '../findings';
import type { ResourceChange } from '../plan-json';
import type { Fate, VolumeReview, VolumeState } from '../review';
import { at, shownAt, sizeOf, textAt } from '../values';
import { judgeDataSize } from './data-sizes';

/** A data volume by what it is, wherever it stands before and after. */
export interface DataVolumeReview {
  readonly pool: string;
  readonly clone: string;
  readonly review: VolumeReview;
}

interface Subject {
  readonly role: DataRole;
  readonly before?: { readonly address: string; readonly role: DataRole };
  readonly after?: { readonly address: string; readonly role: DataRole };
}

/** Judges every data volume that the manifests, or the names of what a broken run has left, speak of. */
export function judgeDataVolumes(given: Case): DataVolumeReview[] {
  for (const { address, type, deposed } of given.deposed) {
    if (type === 'libvirt_volume' && isData(given.role(address))) {
      given.report('RG207', {
        ...placeOf(given.role(address) as DataRole, address),
        expected: 'one object',
        found: `deposed ${deposed}`,
      });
    }
  }
  return [...subjects(given).values()].map((subject) => {
    const { role, before, after } = subject;
    const own = fateOf(given, subject);
    const isThere = after !== undefined && THERE.has(own);
    const size = isThere ? judgeDataSize(given, after.address, after.role, before?.role) : {};
    const fate = own === 'kept' && size.size ? 'grown' : own;
    const review: VolumeReview = {
      volume: role.volume,
      type: 'data',
      fate,
      ...(fate === 'given' ? { from: keyOf(before!.role) } : {}),
      ...size,
      ...(before ? { before: stateOf(given, before.address, after?.address, 'before') } : {}),
      ...(after ? { after: stateOf(given, after.address, undefined, 'after') } : {}),
    };
    return { pool: role.pool, clone: role.clone, review };
  });
}

/** The fates of volumes that are there, and are what the code means. */
const THERE = new Set<Fate>(['kept', 'given', 'adopted']);

function subjects(given: Case): Map<string, Subject> {
  const found = new Map<string, Subject>();
  const add = (when: 'before' | 'after', address: string, role: AddressRole | undefined): void => {
    if (!isData(role)) return;
    const key = `${role.host}:${dataKey(role.pool, role.clone, role.volume)}`;
    found.set(key, { ...found.get(key), role, [when]: { address, role } });
  };
  const entries = (manifest: Manifest | undefined): [string, AddressRole][] =>
    Object.entries(manifest?.addresses ?? {});
  for (const [address, role] of entries(given.before)) add('before', address, role);
  for (const { address } of given.allChanges())
    if (!given.isDeclared(address)) add('before', address, given.role(address));
  for (const [address, role] of entries(given.after)) add('after', address, role);
  for (const [key, subject] of found) takeOver(found, key, subject);
  return found;
}

/** A volume that a clone takes over is what it was before, when it was a retired clone's. */
function takeOver(found: Map<string, Subject>, key: string, { role, before, after }: Subject): void {
  if (before || after?.role.from === undefined) return;
  for (const from of after.role.from) {
    const theirs = `${role.host}:${from}`;
    const was = found.get(theirs);
    if (!was?.before || was.after) continue;
    found.set(key, { role, before: was.before, after });
    found.delete(theirs);
    return;
  }
}

function fateOf(given: Case, subject: Subject): Fate {
  return subject.after
    ? fateOfKept(given, subject, subject.after)
    : fateOfGone(given, subject, subject.before!);
}

/** The fate of a volume that the code has. */
function fateOfKept(given: Case, { role, before }: Subject, after: NonNullable<Subject['after']>): Fate {
  const change = given.change(after.address);
  const refuse = refusal(given, role, after.address);
  if (!change) return 'unknown';
  const effect = given.effect(after.address)!;
  if (effect === 'delete') return refuse('RG201', 'no-op', actionsText(change));
  if (effect === 'replace') return refuse('RG202', 'no-op', actionsText(change));
  if (effect === 'forget') return refuse('RG204', 'no-op', actionsText(change));
  if (effect === 'update' || effect === 'unknown') return refuse('RG205', 'no-op', actionsText(change));

  const from = before?.address !== after.address ? before?.address : undefined;
  if (from !== undefined && given.effect(from) !== undefined)
    return refuse('RG201', `a move from ${from}`, `${actionsText(given.change(from))} of ${from}`);
  const isGiven = before !== undefined && !isSame(before.role, after.role);
  if (!isGiven && !isOwnMove(given, role, change))
    return refuse('RG206', `a move from ${from ?? 'nowhere'}`, `a move from ${change.previousAddress}`);
  const [was, is] = [before?.role, after.role];
  // A manifest that says no size is of a regraft that did not say the format either.
  if (was?.size !== undefined && was.format !== is.format)
    return refuse('RG277', was.format ?? 'qcow2', is.format ?? 'qcow2');
  if (isGiven && change.previousAddress !== from)
    return refuse('RG206', `a move from ${from}`, `a move from ${change.previousAddress ?? 'nowhere'}`);
  const changed = attributeChange(given, after.role, change);
  if (changed) return refuse(...changed);

  if (effect === 'create') return fateOfCreated(given, role, before, after);
  if (!before) {
    given.report('RG214', {
      ...placeOf(role, after.address),
      expected: 'create',
      found: 'no-op: it is in the state already',
    });
    return 'adopted';
  }
  if (isGiven) {
    given.report('RG275', {
      ...placeOf(role, after.address),
      expected: `the ${before.role.volume} of ${before.role.clone}`,
      found: `moved from ${before.address}`,
    });
    return 'given';
  }
  if (after.role.role === 'archived' && before.role.role === 'data') {
    given.report('RG211', {
      ...placeOf(role, after.address),
      expected: 'kept for the retired clone',
      found: `moved from ${before.address}`,
    });
    return 'archived';
  }
  return 'kept';
}

function fateOfCreated(
  given: Case,
  role: DataRole,
  before: Subject['before'],
  after: NonNullable<Subject['after']>,
): Fate {
  const { address } = after;
  const gone = [address, before?.address].some((one) => given.vanished(one) || given.inState(one));
  const file = dataFileOfRole(after.role);
  if (after.role.from !== undefined && !before) {
    return refusal(given, role, address)(
      'RG276',
      `${after.role.from[0]} in the archive or in the state`,
      'not there; create, empty',
    );
  }
  const there = given.facts.find(({ host }) => host === role.host)?.volumes.find(({ name }) => name === file);
  const refuse = refusal(given, role, address);
  if (there && providerOf(given, role) === 'regraft') {
    given.report('RG214', {
      ...placeOf(role, address),
      expected: 'create',
      found: `${file} is on the host, and is found again with its content`,
    });
    return 'adopted';
  }
  if (there)
    return refuse('RG209', `no file ${file} in the storage pool`, `one of ${there.allocation} bytes`);
  // An archived volume was there, or it would not be in the archive.
  if (gone || before?.role.role === 'archived' || (before && hadMachine(given, role))) {
    return refuse(
      'RG203',
      `no-op: the stack had ${file} before`,
      gone ? 'gone from the host; create' : 'not in the state; create',
    );
  }
  if (before) {
    given.report('RG213', {
      ...placeOf(role, address),
      expected: 'no-op',
      found: 'create; its machine is not in the state either',
    });
  } else if (after.role.role === 'archived') {
    given.report('RG212', {
      ...placeOf(role, address),
      expected: 'a volume that was there',
      found: 'create',
    });
  }
  return 'created';
}

/**
 * Whether a volume that is not in the state was there before: its machine is.
 *
 * A manifest is written early in a run. When that broke off before it made a clone's machine, the volumes that it did
 * not get to are named in the manifest, but never were.
 */
function hadMachine(given: Case, role: DataRole): boolean {
  const { pool, clone } = role;
  const machine = (given.after.pools[pool]?.clones[clone] ?? given.before?.pools[pool]?.clones[clone])
    ?.domain;
  if (machine === undefined) return true; // archived: it has no machine to tell by
  if (given.vanished(machine)) return true;
  const change = given.change(machine);
  if (!change || at(change, 'before') === undefined) return false;
  // A machine that never had this volume gets it now: an extra one, in a run that broke off.
  return JSON.stringify(change.before).includes(dataFileOfRole(role));
}

/** The fate of a volume that the code no longer has. */
function fateOfGone(given: Case, { role }: Subject, before: NonNullable<Subject['before']>): Fate {
  const { address } = before;
  const change = given.change(address);
  const refuse = refusal(given, role, address);
  const purged = before.role.role === 'archived' && isReleased(given.after, role);
  if (!change) {
    if (given.movedTo(address) !== undefined)
      return refuse('RG206', 'no-op', `a move to ${given.movedTo(address)}`);
    if (given.plan.prior.has(address)) return 'unknown';
    if (!purged)
      given.report('RG215', {
        ...placeOf(role, address),
        expected: 'in the state',
        found: 'neither in the state nor in the plan',
      });
    return purged ? 'purged' : 'endangered';
  }
  const effect = given.effect(address);
  if (effect === 'forget') return refuse('RG204', purged ? 'delete' : 'no-op', actionsText(change));
  if (effect !== 'delete')
    return refuse('RG205', purged ? 'delete' : 'a volume that the code has', actionsText(change));
  if (!purged) return refuse('RG201', 'kept: the code does not ask for a purge', actionsText(change));
  given.report('RG210', {
    ...placeOf(role, address),
    expected: `a purge, since ${role.clone} left retired`,
    found: 'delete',
  });
  return 'purged';
}

function isSame(one: DataRole, other: DataRole): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf({ pool, clone, volume }: DataRole): string {
  return dataKey(pool, clone, volume);
}

/** Whether the code has let go of a retired clone: only its name asks for a purge, not a volume that drops out. */
function isReleased(after: Manifest, { pool, clone, volume }: DataRole): boolean {
  const key = dataKey(pool, clone, volume);
  // One that another clone was to take over, and has not, is not what the code lets go.
  if (Object.values(after.addresses).some((role) => isData(role) && role.from?.includes(key))) return false;
  const entry = after.pools[pool];
  return entry === undefined || (!entry.retired.includes(clone) && entry.clones[clone] === undefined);
}

function isOwnMove(given: Case, role: DataRole, { previousAddress }: ResourceChange): boolean {
  if (previousAddress === undefined) return true;
  const key = dataKey(role.pool, role.clone, role.volume);
  const book = addressBooks[providerOf(given, role) ?? '0.9'];
  return previousAddress === book.data(role.host, key) || previousAddress === book.archived(role.host, key);
}

/** What changes on a volume that Terraform says it leaves alone, or is wrong on one that it makes. */
function attributeChange(
  given: Case,
  role: DataRole,
  change: ResourceChange,
): [FindingCode, string, string] | undefined {
  const { before, after } = change;
  const name = dataFileOfRole(role);
  if (textAt(after, 'name') !== name)
    return ['RG205', `name ${name}`, `name ${shownAt(change, 'after', 'name')}`];
  const { storage: pool, path: folder = '' } = given.after.hosts[role.host] ?? {};
  const isOwn = providerOf(given, role) === 'regraft';
  // Regraft's own provider has one storage pool a host, and says the whole path.
  if (isOwn && textAt(after, 'path') !== `${folder.replace(/\/+$/, '')}/${name}`)
    return ['RG205', `in ${folder}`, shownAt(change, 'after', 'path')];
  if (!isOwn && textAt(after, 'pool') !== pool)
    return ['RG205', `storage pool ${pool}`, `storage pool ${shownAt(change, 'after', 'pool')}`];
  for (const path of [['base_volume_id'], ['base_volume_name'], ['backing_store', 'path']]) {
    if (textAt(after, ...path) !== undefined)
      return ['RG208', 'no backing file', shownAt(change, 'after', ...path)];
  }
  if (before === null || before === undefined) return undefined;
  for (const path of [['name'], ['pool'], ['id'], ['key'], ['path'], ['target', 'path']]) {
    if (at(before, ...path) !== at(after, ...path)) {
      return [
        'RG205',
        `${path.join('.')} ${shownAt(change, 'before', ...path)}`,
        shownAt(change, 'after', ...path),
      ];
    }
  }
  const [was, is] = [sizeOf(before), sizeOf(after)];
  // Regraft's own provider grows a volume that is there.
  const grows = isOwn && was !== undefined && is !== undefined && is > was;
  return was === is || grows ? undefined : ['RG205', `size ${was}`, `size ${is}`];
}

function providerOf({ after, before }: Case, { host }: DataRole): ProviderGeneration | undefined {
  return (after.hosts[host] ?? before?.hosts[host])?.provider;
}

function refusal(
  given: Case,
  role: DataRole,
  address: string,
): (code: FindingCode, expected: string, found: string) => Fate {
  return (code, expected, found) => {
    given.report(code, { ...placeOf(role, address), expected, found });
    return 'endangered';
  };
}

function stateOf(
  given: Case,
  address: string,
  later: string | undefined,
  when: 'before' | 'after',
): VolumeState {
  const change = given.change(address) ?? given.change(later);
  const file =
    change && textAt(change[when], 'name') !== undefined ? shownAt(change, when, 'name') : undefined;
  return { address, ...(file === undefined ? {} : { file }) };
}

function placeOf(
  { pool, clone }: DataRole,
  address: string,
): { address: string; pool: string; clone: string } {
  return { address, pool, clone };
}

function isData(role: AddressRole | undefined): role is DataRole {
  return role?.role === 'data' || role?.role === 'archived';
}
