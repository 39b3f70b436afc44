import type { Manifest } from '../model/manifest';
import type { HostFacts } from '../review';
import type { Health, HookState, Power, RolloutStatus } from './status';

/** An object in Terraform's state. */
export interface StoredObject {
  readonly address: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly tainted: boolean;
  readonly deposed?: string;
}

/** What is known of a host. */
export interface HostInput {
  /** What libvirt says; left out when it could not be asked. */
  readonly facts?: HostFacts;
  /** Why it could not. */
  readonly obstacle?: string;
  /** What each machine does, by its name. */
  readonly power: ReadonlyMap<string, Power>;
  /** The files of the same storage pool that other stacks have in their states. */
  readonly othersFiles: ReadonlySet<string>;
  readonly hook?: HookState;
}

/** What is known of a stack. */
export interface StackInput {
  readonly stack: string;
  /** The manifest in the state: what the last run that was planned in full has written. */
  readonly manifest: Manifest;
  /** The manifest that was synthesized last: what the code wants. */
  readonly wanted?: Manifest;
  readonly objects: readonly StoredObject[];
  /** By the host's name in the manifest. */
  readonly hosts: ReadonlyMap<string, HostInput>;
  /** By `POOL/CLONE`. */
  readonly health: ReadonlyMap<string, Health>;
  readonly rollout?: RolloutStatus;
}
