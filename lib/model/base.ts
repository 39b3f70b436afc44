import type { StorageOutline } from './outline';
import { volumeOrder } from './outline';
import type { ImageFormat } from './volume-type';

/** Where the content of a volume comes from: an image that is uploaded, or a volume that is on the host already. */
export type Origin =
  | {
      readonly kind: 'image';
      readonly location: string;
      readonly format: ImageFormat;
      readonly sha256?: string;
    }
  | {
      readonly kind: 'existing';
      readonly file: string;
      readonly format: ImageFormat;
      /** The SHA-256 of the volume's file as libvirt sends it. */
      readonly sha256?: string;
    };

/** A golden image: one or more volumes, read-only from the moment clones exist. */
export interface BaseImage {
  readonly name: string;
  readonly outline: StorageOutline;
  /** The origin of each volume that has content of its own; a blank temporary and a data volume have none. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** The origin of the data volumes that are copied in full from an image when they are made. */
  readonly seeds: Readonly<Record<string, Origin>>;
  /** Virtual sizes in bytes that were read from local images, of volumes whose size the code does not say. */
  readonly imageSizes: Readonly<Record<string, number>>;
  /** The system volume that machines boot from. */
  readonly boot: string;
  /** Whether the base was taken out of service: its volumes lose their guard, so that dropping it deletes them. */
  readonly retired: boolean;
}

/** The volumes of a base that regraft uploads, in the order of the disks. */
export function uploadedVolumes(base: BaseImage): string[] {
  return volumeOrder(base.outline, base.boot).filter((name) => base.origins[name]?.kind === 'image');
}

/**
 * The virtual size of a base volume in bytes where libvirt must not be asked for it: what it finds in the first bytes of
 * a raw disk is whatever somebody has written there. `undefined` where its word is as good, or the only one.
 */
export function rawSize({ origins, imageSizes }: BaseImage, volume: string): number | undefined {
  return origins[volume]?.format === 'raw' ? imageSizes[volume] : undefined;
}

/** The outline as far as it is known: with the sizes of the images where the code says none. */
export function knownOutline({ outline, imageSizes }: BaseImage): StorageOutline {
  return Object.fromEntries(
    Object.entries(outline).map(([name, volume]) => {
      const size = volume.size ?? imageSizes[name];
      return [name, size === undefined ? volume : { ...volume, size }];
    }),
  );
}
