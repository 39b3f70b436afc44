import type { VolumeEntry } from '../../dialects/guarded-blocks';
import type { Manifest } from '../../model/manifest';
import type { HostFacts } from '../facts';

/** An object in the state. */
export interface RepairObject {
  readonly address: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The key of an object that waits for its deletion since a run that broke off. */
  readonly deposed?: string;
}

/** What libvirt says of one host, and what only a repair wants to know. */
export interface RepairHost extends HostFacts {
  /** The storage pool; left out when libvirt has none of that name. */
  readonly storage?: { readonly uuid: string; readonly path: string; readonly active: boolean };
  /** What each machine does and why, in libvirt's words: `paused (I/O error)`. */
  readonly conditions: Readonly<Record<string, string>>;
  /** The backing files of all volumes in all other storage pools. */
  readonly backings: readonly string[];
}

/** What was read of a volume's content. */
export interface VolumeContent {
  /** Whether no cluster of it was ever allocated, so that nothing was ever written to it. */
  readonly blank?: boolean;
  /** Whether it is, byte for byte, the image that it is made from; `unknown` when the image is not at hand. */
  readonly image?: 'same' | 'other' | 'unknown';
}

/** A question on a volume's content, which takes time to answer and is asked only where the answer decides. */
export interface ContentQuestion {
  readonly ask: keyof VolumeContent;
  readonly host: string;
  readonly file: string;
  /** The address of the volume that it would be. */
  readonly address?: string;
}

/** All that a repair is planned from. */
export interface RepairGiven {
  /** What the code says: the manifest of the last synthesized stack. */
  readonly wanted?: Manifest;
  /** What the last run has written: the manifest in the state. */
  readonly applied?: Manifest;
  readonly objects: readonly RepairObject[];
  /** What the synthesized stack says of each base and data volume, by address. */
  readonly declared: Readonly<Record<string, VolumeEntry>>;
  readonly hosts: readonly RepairHost[];
  /** The answers so far, by {@link contentKey}. */
  readonly contents?: Readonly<Record<string, VolumeContent>>;
}

/** The key of a volume's content. */
export function contentKey({ host, file }: Pick<ContentQuestion, 'host' | 'file'>): string {
  return `${host}/${file}`;
}
