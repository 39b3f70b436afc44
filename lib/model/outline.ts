import type { Bus, VolumeType } from './volume-type';
import { VOLUME_TYPES } from './volume-type';

/** One volume of a storage outline. */
export interface OutlineVolume {
  readonly type: VolumeType;
  readonly bus: Bus;
  /** The virtual size in bytes; left out when it is the image's own and is not known before it is read. */
  readonly size?: number;
}

/** The named, typed list of a base's or pool's volumes, with bus and size. */
export type StorageOutline = Readonly<Record<string, OutlineVolume>>;

/**
 * The names of an outline's volumes in the order of the disks: system, temporary, data, each by name.
 *
 * The order in which they are written says nothing, so that two outlines with the same volumes are the same;
 * `boot` names the system volume that comes first.
 */
export function volumeOrder(outline: StorageOutline, boot?: string): string[] {
  const rank = (name: string): number => (name === boot ? -1 : VOLUME_TYPES.indexOf(outline[name]!.type));
  return Object.keys(outline).sort((a, b) => rank(a) - rank(b) || compareNames(a, b));
}

/** Orders names by code unit, the same on every machine and in every locale. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
