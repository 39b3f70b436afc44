import { addressBooks } from '../../dialects/address-book';
import type { AddressRole } from '../../model/manifest';
import type { Case } from '../case';
import type { ResourceChange } from '../plan-json';
import { textAt, unknownAfter } from '../values';
import type { VolumeIndex, VolumeReference } from '../volumes';

type OverlayRole = Extract<AddressRole, { role: 'overlay' | 'retained' }>;

/** Judges whether each overlay stands on the base volume that the manifest says. */
export function judgeBacking(given: Case, index: VolumeIndex): void {
  for (const [address, role] of Object.entries(given.after.addresses)) {
    if (role.role !== 'overlay' && role.role !== 'retained') continue;
    const change = given.change(address);
    if (isUntold(given, role) || !change || change.after === null || change.after === undefined) continue;
    const expected = expectedBacking(given, role);
    const found = backingOf(change, index);
    if (fits(expected, found)) continue;
    given.report('RG401', {
      address,
      pool: role.pool,
      clone: role.clone,
      expected: expected === undefined ? 'no backing file' : (expected.address ?? expected.file),
      found: found?.text ?? 'no backing file',
    });
  }
}

/** Regraft's own provider says of a retained overlay where it is, and what it stands on only when it is in use again. */
export function isUntold({ after }: Case, { role, host }: OverlayRole): boolean {
  return role === 'retained' && after.hosts[host]?.provider === 'regraft';
}

interface Backing {
  /** The address of a base volume that the stack makes. */
  readonly address?: string;
  /** The file name of one that is on the host already. */
  readonly file: string;
}

function expectedBacking({ after }: Case, { host, base, volume }: OverlayRole): Backing | undefined {
  const entry = after.bases[`${host}/${base}`];
  const file = entry?.volumes[volume]?.file;
  if (entry === undefined || file === undefined) return undefined;
  const book = addressBooks[after.hosts[host]?.provider ?? '0.9'];
  const address = book.base(host, { name: base, retired: entry.retired }, volume);
  return { file, ...(after.addresses[address] ? { address } : {}) };
}

function fits(expected: Backing | undefined, found: VolumeReference | undefined): boolean {
  if (expected === undefined || found === undefined) return expected === found;
  if (expected.address !== undefined) return found.address === expected.address && !found.gone;
  return (
    found.address === undefined && (found.text === expected.file || found.text.endsWith(`/${expected.file}`))
  );
}

function backingOf(change: ResourceChange, index: VolumeIndex): VolumeReference | undefined {
  const { address, after } = change;
  const path = textAt(after, 'base_volume_id') ?? textAt(after, 'backing_store', 'path');
  if (path !== undefined) return index.atPath(path);
  const name = textAt(after, 'base_volume_name');
  if (name !== undefined)
    return index.named(textAt(after, 'base_volume_pool') ?? textAt(after, 'pool'), name);
  if (unknownAfter(change, 'base_volume_id')) return index.referred(address, 'base_volume_id');
  if (unknownAfter(change, 'backing_store', 'path')) return index.referred(address, 'backing_store');
  return undefined;
}
