import { RAW_FORMAT } from '../../dialects/libvirt-0.8/stylesheet';
import type { AddressRole } from '../../model/manifest';
import type { Case } from '../case';
import type { VolumeFact } from '../facts';
import { textAt } from '../values';
import { isUntold } from './backing';

type OverlayRole = Extract<AddressRole, { role: 'overlay' | 'retained' }>;

/** Judges whether the format of every backing file is fixed, and is the declared one: in the plan and on the hosts. */
export function judgeFormats(given: Case): void {
  for (const [address, role] of Object.entries(given.after.addresses)) {
    if (role.role === 'overlay' || role.role === 'retained') judgePlanned(given, address, role);
    if (role.role === 'data' || role.role === 'archived') judgeData(given, address, role.format);
  }
  for (const { host, volumes } of given.facts) {
    const owners = ownersOf(given, host);
    for (const volume of volumes) if (volume.backing !== undefined) judgeReal(given, volume, owners);
  }
}

/** An overlay that would be made: 0.9 says the format, 0.8 takes what libvirt finds unless its stylesheet says it. */
function judgePlanned(given: Case, address: string, role: OverlayRole): void {
  const effect = given.effect(address);
  if ((effect !== 'create' && effect !== 'replace') || isUntold(given, role)) return;
  const expected = formatOf(given, role);
  if (expected === undefined) return;
  const { after } = given.change(address)!;
  const found =
    given.after.hosts[role.host]?.provider !== '0.8'
      ? textAt(after, 'backing_store', 'format', 'type')
      : textAt(after, 'xml', 0, 'xslt')?.includes(RAW_FORMAT)
        ? 'raw'
        : 'qcow2';
  if (found === expected) return;
  report(given, address, role, expected, found);
}

/** What stands on the host; an overlay that goes is not judged. */
function judgeReal(given: Case, volume: VolumeFact, owners: ReadonlyMap<string, Owner>): void {
  const owner = owners.get(volume.name);
  if (owner === undefined || volume.backingFormat === undefined) return;
  const { address, role } = owner;
  const expected = role ? formatOf(given, role) : undefined;
  if (volume.backingFormat !== null && (expected === undefined || volume.backingFormat === expected)) return;
  const found = `${volume.backingFormat ?? 'no format'} in ${volume.path}`;
  report(given, address, role, expected ?? 'a fixed format', found);
}

function report(
  given: Case,
  address: string | undefined,
  role: OverlayRole | undefined,
  expected: string,
  found: string | undefined,
): void {
  given.report('RG440', {
    ...(address === undefined ? {} : { address }),
    ...(role ? { pool: role.pool, clone: role.clone } : {}),
    expected,
    found: found ?? 'no format',
  });
}

interface Owner {
  readonly address?: string;
  /** Left out for a base. */
  readonly role?: OverlayRole;
}

/** Whose each file of the storage pool is: of an overlay that stays, or of a base. */
function ownersOf(given: Case, host: string): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const [key, { volumes }] of Object.entries(given.after.bases)) {
    if (!key.startsWith(`${host}/`)) continue;
    for (const { file } of Object.values(volumes)) if (file !== undefined) owners.set(file, {});
  }
  for (const { address, before } of given.allChanges()) {
    const role = given.role(address);
    const name = textAt(before, 'name');
    if (role?.role !== 'overlay' && role?.role !== 'retained') continue;
    const effect = given.effect(address);
    if (role.host !== host || name === undefined || (effect !== 'none' && effect !== 'update')) continue;
    owners.set(name, { address, role });
  }
  return owners;
}

/** The format of the base volume that an overlay stands on; `undefined` for a blank one. */
function formatOf({ after, before }: Case, { host, base, volume }: OverlayRole): string | undefined {
  const entry = (after.bases[`${host}/${base}`] ?? before?.bases[`${host}/${base}`])?.volumes[volume];
  return entry?.file === undefined ? undefined : (entry.format ?? 'qcow2');
}

/** A data volume that the code calls raw and the state has as something else, or the other way round. */
function judgeData(given: Case, address: string, format: 'raw' | undefined): void {
  const { before, previousAddress = address } = given.change(address) ?? {};
  const found = textAt(before, 'format') ?? textAt(before, 'target', 'format', 'type');
  const role = given.before?.addresses[previousAddress];
  const wasRaw = (role?.role === 'data' || role?.role === 'archived') && role.format === 'raw';
  if (format !== 'raw') {
    if (found !== undefined && (wasRaw || found === 'raw'))
      given.report('RG240', { address, expected: 'qcow2', found: 'raw' });
    return;
  }
  if (found === undefined || found === 'raw') return;
  given.report(wasRaw ? 'RG241' : 'RG240', { address, expected: 'raw', found });
}
