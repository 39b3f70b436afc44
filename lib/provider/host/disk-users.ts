import { posix } from 'node:path';
import type { Configuration } from '../configuration';
import type { Listing } from './facts';

/** Who uses files: machines as disks, and volumes of the storage pool as what they stand on. */
export interface DiskUsers {
  /** The machines that have a file as a disk or in the chain of one, by its path. */
  readonly machines: ReadonlyMap<string, ReadonlySet<string>>;
  /** The volumes that have a file as their backing file, by its path. */
  readonly overlays: ReadonlyMap<string, readonly string[]>;
}

const found = new WeakMap<Listing, DiskUsers>();

/** Who uses what on a host, found once for each listing. */
export function diskUsers(listing: Listing, { storage }: Pick<Configuration, 'storage'>): DiskUsers {
  const known = found.get(listing);
  if (known) return known;
  const machines = new Map<string, Set<string>>();
  for (const { name, xml } of listing.machines.values())
    for (const path of filesIn(xml, storage.path)) machines.set(path, (machines.get(path) ?? new Set()).add(name));
  const overlays = new Map<string, string[]>();
  for (const { path, backing } of listing.volumes.values())
    if (backing !== undefined) overlays.set(backing, [...(overlays.get(backing) ?? []), path]);
  const users = { machines, overlays };
  found.set(listing, users);
  return users;
}

/**
 * Every file that a definition names, wherever it does; a volume of whatever storage pool is taken as one of this folder.
 *
 * Whole definitions are not parsed for this: with a thousand machines that takes longer than all else.
 */
export function filesIn(xml: string, folder: string): string[] {
  return [...xml.matchAll(/\s(file|dev|volume)=(?:'([^']*)'|"([^"]*)")/g)].map(
    ([, attribute, single, double]) => {
      const value = decoded(single ?? double ?? '');
      return attribute === 'volume' ? posix.join(folder, value) : posix.normalize(value || '.');
    },
  );
}

function decoded(text: string): string {
  const names: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(Number.parseInt(hex as string, 16));
    return names[(name as string).toLowerCase()] ?? whole;
  });
}
