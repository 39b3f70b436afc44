import type { HostContents } from '../model/host-contents';
import type { Manifest } from '../model/manifest';
import type { StoredObject } from '../status';

/** A stack of the project that has something on a host. */
export interface LayerStack {
  readonly stack: string;
  /** The host's name in this stack. */
  readonly host: string;
  /** The manifest in the state; left out when the stack was never applied. */
  readonly manifest?: Manifest;
  /** The manifest that was synthesized last: what the code wants. */
  readonly wanted?: Manifest;
  readonly objects: readonly StoredObject[];
}

/** The SHA-256 of a base volume, and who says it. */
export interface Digest {
  readonly sha256: string;
  /** `recorded`: of the volume on the host, by regraft. `declared`: in the code. */
  readonly from: 'recorded' | 'declared';
}

/** What is known of a host, and of the stacks on it. */
export interface LayerInput {
  readonly host: string;
  /** The libvirt URI without its password. */
  readonly uri: string;
  readonly contents: HostContents;
  readonly stacks: readonly LayerStack[];
  /** The digests that were recorded, by path. */
  readonly recorded: ReadonlyMap<string, string>;
}
