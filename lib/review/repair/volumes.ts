import { baseFileName } from '../../model/file-names';
import type { AddressRole, DataRole } from '../../model/manifest';
import { dataFileOfRole } from '../../model/manifest';
import type { VolumeFact } from '../facts';
import type { RepairCase } from './case';
import type { RepairHost } from './given';

/** Regraft's own provider knows by its marks what is whole, and makes anew what is not. */
export const TAKEN_IN = 'the state does not have it: the next apply takes it in with what it holds';

type BaseRole = Extract<AddressRole, { role: 'base' }>;

/** Data volumes that are there and not in the state: taken in, never deleted when anything was ever written to them. */
export function planDataVolumes(given: RepairCase, host: RepairHost): void {
  const wanted = new Map(given.roles(host.host));
  for (const [address, role] of given.roles(host.host, 'all')) {
    if (role.role !== 'data' && role.role !== 'archived') continue;
    const volume = missingInState(given, host, dataFileOfRole(role));
    if (!volume) continue;
    const about = { host: host.host, clone: role.clone, what: volume.name };
    if (!wanted.has(address)) {
      // A clone that was retired or brought back since has its volume at another address.
      if (![...wanted.values()].some((one) => isSameVolume(one, role)))
        given.add({ kind: 'leave', ...about, why: 'the code does not have it any more: put its clone back' });
      continue;
    }
    planDataVolume(given, host, volume, { address, role });
  }
}

function planDataVolume(
  given: RepairCase,
  host: RepairHost,
  volume: VolumeFact,
  { address, role }: { address: string; role: DataRole },
): void {
  const about = { host: host.host, clone: role.clone, what: volume.name };
  const leave = (why: string): void => given.add({ kind: 'leave', ...about, why });
  const entry = given.given.declared[address];
  if (given.objectsAt(address).length > 0) return leave(`the state has another volume at ${address}`);
  if (given.given.wanted!.hosts[host.host]!.provider === 'regraft') return leave(TAKEN_IN);
  if (!entry) return leave(`the synthesized stack does not declare ${address}: synthesize it anew`);
  if (volume.backing !== undefined)
    return leave(`it stands on ${volume.backing}, and a data volume has no backing file`);
  const user = given.userOf(host, volume.path);
  const odd = oddity(given, host, volume, address, user);
  if (odd === undefined) return takeIn(given, host, volume, address, 'data');
  const isEmpty = volume.capacity === 0 && volume.format !== 'qcow2';
  if (
    user === undefined &&
    (isEmpty || given.content({ ask: 'blank', host: host.host, file: volume.name }))
  ) {
    return given.add({
      kind: 'remake-empty-data',
      ...about,
      file: volume.name,
      path: volume.path,
      why: `${odd}; nothing was ever written to it and no machine has it: the next apply makes it`,
    });
  }
  leave(`${odd}: import it, or move it away, when you know what it holds`);
}

/** What a data volume that is there is not, and should be. */
function oddity(
  given: RepairCase,
  host: RepairHost,
  volume: VolumeFact,
  address: string,
  user: string | undefined,
): string | undefined {
  const { format, source } = given.given.declared[address]!;
  if (source !== undefined) {
    // One that a machine has was made in full, and has been written to since.
    if (user !== undefined) return undefined;
    const image = given.content({ ask: 'image', host: host.host, file: volume.name, address });
    if (image === 'same') return undefined;
    return image === 'other'
      ? 'it does not hold the image that it is made from: half an upload, or written to since'
      : 'it cannot be compared with the image that it is made from';
  }
  return volume.format === format
    ? undefined
    : `its format is ${volume.format ?? 'not known'}, expected ${format}`;
}

/** Base volumes that are there and not in the state: whole ones are taken in, half an upload goes when nothing stands on it. */
export function planBases(given: RepairCase, host: RepairHost): void {
  for (const [address, role] of given.roles(host.host)) {
    if (role.role !== 'base') continue;
    const volume = missingInState(given, host, baseFileName(role.base, role.volume));
    if (volume) planBase(given, host, volume, { address, role });
  }
}

function planBase(
  given: RepairCase,
  host: RepairHost,
  volume: VolumeFact,
  { address }: { address: string; role: BaseRole },
): void {
  const about = { host: host.host, what: volume.name };
  const leave = (why: string): void => given.add({ kind: 'leave', ...about, why });
  const entry = given.given.declared[address];
  if (given.objectsAt(address).length > 0) return leave(`the state has another volume at ${address}`);
  if (given.given.wanted!.hosts[host.host]!.provider === 'regraft') return leave(TAKEN_IN);
  if (!entry) return leave(`the synthesized stack does not declare ${address}: synthesize it anew`);
  const image = given.content({ ask: 'image', host: host.host, file: volume.name, address });
  if (image === undefined) return leave('it was not compared with its image yet');
  if (image === 'same') {
    if (/[$%]\{/.test(entry.source ?? '')) return leave('its image is known to Terraform only');
    return takeIn(given, host, volume, address, 'base');
  }
  const other =
    image === 'other' ? 'it does not hold the image of its base' : 'it cannot be compared with its image';
  const user = given.userOf(host, volume.path);
  if (user !== undefined) return leave(`${other}, and ${user} stands on it: bring back the right file`);
  given.add({
    kind: 'delete-partial-base',
    ...about,
    file: volume.name,
    path: volume.path,
    why: `${other}, and nothing stands on it: the next apply uploads it anew`,
  });
}

function missingInState(
  given: RepairCase,
  { host, volumes }: RepairHost,
  file: string,
): VolumeFact | undefined {
  const volume = volumes.find(({ name }) => name === file);
  return volume && !given.isStored(host, volume) ? volume : undefined;
}

/** Provider 0.8 imports a data volume as the code says it; anything else has to be written into the state. */
function takeIn(
  given: RepairCase,
  host: RepairHost,
  { name, path, format, capacity }: VolumeFact,
  address: string,
  role: 'base' | 'data',
): void {
  const { provider, storage } = given.given.wanted!.hosts[host.host]!;
  const clone = role === 'data' ? { clone: name.split('.')[0]! } : {};
  const about = { host: host.host, ...clone, what: name, why: 'it is there, and the state does not have it' };
  if (provider === '0.8' && role === 'data')
    return given.add({ kind: 'import-volume', ...about, address, id: path });
  const { source, format: declared } = given.given.declared[address]!;
  const origin = role === 'base' && source !== undefined ? { source } : {};
  given.add({
    kind: 'edit-state-volume',
    ...about,
    address,
    stored: { role, name, path, storage, format: format ?? declared, capacity, ...origin },
  });
}

function isSameVolume(one: AddressRole, { clone, volume }: DataRole): boolean {
  return (one.role === 'data' || one.role === 'archived') && one.clone === clone && one.volume === volume;
}
