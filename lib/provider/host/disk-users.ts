import { posix } from 'node:path';
import type { ListedMachine, Listing, VolumeFacts } from './facts';

const filesOf = new WeakMap<ListedMachine, readonly string[]>();

/**
 * Who uses files, by their paths: machines that have them as a disk or in the chain of one, and volumes of the storage
 * pool that stand on them; a file that nobody uses is left out.
 *
 * @param volumes all of the storage pool
 * @param folder that of the storage pool
 * @param own the machine that does not count
 */
export function usersOf(
  paths: ReadonlySet<string>,
  { machines }: Pick<Listing, 'machines'>,
  volumes: ReadonlyMap<string, VolumeFacts>,
  folder: string,
  own?: string,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (paths.size === 0) return found;
  const note = (path: string, user: string): void => {
    if (paths.has(path)) found.set(path, [...(found.get(path) ?? []), user]);
  };
  for (const machine of machines.values())
    if (machine.name !== own)
      for (const path of diskFiles(machine, folder)) note(path, `machine ${machine.name}`);
  for (const { path, backing } of volumes.values()) if (backing !== undefined) note(backing, path);
  return found;
}

/** The files that a machine's definition names, wherever it does; found once for each answer of libvirt's. */
export function diskFiles(machine: ListedMachine, folder: string): readonly string[] {
  const known = filesOf.get(machine);
  if (known) return known;
  const files = filesIn(machine.xml, folder);
  filesOf.set(machine, files);
  return files;
}

/**
 * A volume of whatever storage pool is taken as one of this folder.
 *
 * Whole definitions are not parsed for this: with a thousand machines that takes longer than all else.
 */
function filesIn(xml: string, folder: string): string[] {
  return [...xml.matchAll(/\s(file|dev|volume)=(?:'([^']*)'|"([^"]*)")/g)].flatMap(
    ([, attribute, single, double]) => {
      const value = decoded(single ?? double ?? '');
      if (attribute === 'volume') return [posix.join(folder, value)];
      return value.startsWith('/') ? [posix.normalize(value)] : [];
    },
  );
}

function decoded(text: string): string {
  const names: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return names[(name ?? '').toLowerCase()] ?? whole;
    },
  );
}
