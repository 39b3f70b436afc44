import type { Size } from '../model/size';
import type { Bus, ImageFormat, VolumeType } from '../model/volume-type';

/** What every volume can say. */
export interface VolumeOptions {
  /**
   * The bus through which the guest sees the volume.
   * @default 'virtio'
   */
  readonly bus?: Bus;
}

/** An image that a volume's content comes from. */
export interface ImageProps {
  /** A local path, relative to the project, or an http(s) URL. */
  readonly image: string;
  /**
   * The format of the image; it is never probed, so that no guest can choose it.
   * @default 'qcow2'
   */
  readonly format?: ImageFormat;
  /**
   * The SHA-256 of the image, in hex; a local image is checked against it whenever the app is synthesized.
   * @default - not checked
   */
  readonly sha256?: string;
}

/** A volume that is in the host's storage already and is only referred to. */
export interface ExistingVolumeProps {
  /** The file name in the host's storage, or `true` for the one that regraft gives (`BASE.VOLUME.base.qcow2`). */
  readonly existing: string | true;
  /**
   * The format of the volume.
   * @default 'qcow2'
   */
  readonly format?: ImageFormat;
  /**
   * The SHA-256 of the volume's file as libvirt sends it (`virsh vol-download`), in hex.
   * @default - not checked
   */
  readonly sha256?: string;
}

/** A system volume: an overlay on the base, replaced on restore and on rebase. */
export type SystemVolumeProps = VolumeOptions &
  (ImageProps | ExistingVolumeProps) & {
    /**
     * The virtual size of the clones' overlays, at least the image's.
     * @default - the image's own size
     */
    readonly size?: Size;
    /**
     * Whether machines boot from this volume, where a base has several system volumes.
     * @default - the first system volume by name
     */
    readonly boot?: boolean;
  };

/** A temporary volume: blank of a size, or an overlay on an image; reset on restore, on rebase and at every shutdown. */
export type TemporaryVolumeProps = VolumeOptions &
  (
    | { readonly size: Size; readonly image?: never; readonly existing?: never }
    | ((ImageProps | ExistingVolumeProps) & { readonly size?: Size })
  );

/** A data volume: kept, byte for byte, whatever base the clone is on. */
export interface DataVolumeProps extends VolumeOptions {
  /** The virtual size, at least the seed's; a larger one later grows the volumes that are there. */
  readonly size: Size;
  /**
   * An image that is copied in full when the volume is made, so that data never depends on a base.
   * @default - a blank volume
   */
  readonly seed?: string;
  /**
   * The format of the seed and of the volume that it becomes.
   * @default 'qcow2'
   */
  readonly seedFormat?: ImageFormat;
}

/** All that a volume may say, as the constructs read it. */
export interface VolumeSpec extends VolumeOptions, Partial<ImageProps>, Partial<ExistingVolumeProps> {
  readonly format?: ImageFormat;
  readonly size?: Size;
  readonly boot?: boolean;
  readonly seed?: string;
  readonly seedFormat?: ImageFormat;
}

/** A volume of a base or of a clone; its type is part of its TypeScript type, so that outlines are compared at compile time. */
export class Volume<T extends VolumeType = VolumeType> {
  /** A system volume: an overlay on the base, replaced on restore and on rebase. */
  static system(props: SystemVolumeProps): Volume<'system'> {
    return new Volume('system', props);
  }

  /** A temporary volume: reset on restore, on rebase and at every shutdown. */
  static temporary(props: TemporaryVolumeProps): Volume<'temporary'> {
    return new Volume('temporary', props as VolumeSpec);
  }

  /** A data volume: kept, byte for byte. */
  static data(props: DataVolumeProps): Volume<'data'> {
    return new Volume('data', props);
  }

  /** The data volume of a retired clone of the same pool, `CLONE/VOLUME`, for a clone that takes it over. */
  static archived(of: `${string}/${string}`): ArchivedData {
    return new ArchivedData(of);
  }

  private constructor(
    readonly type: T,
    /** What the user said of it. */
    readonly spec: VolumeSpec,
  ) {}
}

/** A data volume that a retired clone has left; made by {@link Volume.archived}. */
export class ArchivedData {
  constructor(
    /** `CLONE/VOLUME`, as it was called there. */
    readonly of: string,
  ) {}
}

/** The types of an outline's volumes by name. */
export type OutlineTypes = Record<string, VolumeType>;

/** Volumes by name, of the types that an outline says. */
export type Volumes<Outline extends OutlineTypes> = {
  readonly [Name in keyof Outline]: Volume<Outline[Name]>;
};
