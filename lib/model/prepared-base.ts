import { baseFileName } from './file-names';
import type { Bus, VolumeType } from './volume-type';

/** A volume of a base that was prepared from a draft clone. */
export interface PreparedVolume {
  readonly name: string;
  readonly type: VolumeType;
  readonly bus: Bus;
  /** The virtual size in bytes. */
  readonly size: number;
  /** Whether machines boot from it, where a base has several system volumes. */
  readonly boot: boolean;
  /** The file in the host's storage pool, for what has content of its own there. */
  readonly file?: string;
  /** The SHA-256 of that file as libvirt sends it. */
  readonly sha256?: string;
  /** The local image that data volumes are copied from when they are made. */
  readonly seed?: string;
}

/** A base whose volumes were made from those of a draft clone. */
export interface PreparedBase {
  readonly name: string;
  readonly volumes: readonly PreparedVolume[];
}

/** The mode of a base volume's file: nobody writes to it. */
export const BASE_MODE = '0444';

/**
 * The volume that says that a base is being prepared; as long as it is in the storage pool, the base is not whole.
 *
 * Its name has one dot, so that it can be no clone's and no base's volume.
 */
export function preparingFileName(base: string): string {
  return `${base}.preparing`;
}

/** A copy that is still to be sealed, under a name that no base volume has. */
export function unsealedFileName(base: string, volume: string): string {
  return `${baseFileName(base, volume)}.unsealed`;
}

/** Whether a file is a base volume of that base, or a copy that was to become one. */
export function isOfBase(file: string, base: string): boolean {
  return new RegExp(`^${base}\\.[^.]+\\.base\\.qcow2(\\.unsealed)?$`).test(file);
}
