import type { VolumeType } from '../model/volume-type';
import type { Drift } from './drifts';

/** What a machine does, in the words of `virsh domstate`, and three of our own. */
export const POWERS = [
  'running',
  'idle',
  'paused',
  'in shutdown',
  'shut off',
  'crashed',
  'dying',
  'pmsuspended',
  'no state',
  /** Off, with a memory image that its next start goes on with (`virsh managedsave`). */
  'saved',
  /** libvirt has no such machine. */
  'missing',
  /** The host could not be asked. */
  'unknown',
] as const;

/** What a machine does. */
export type Power = (typeof POWERS)[number];

/** What a volume in the state is used for. */
export const VOLUME_USES = ['current', 'retained', 'unused', 'deposed', 'cloud-init'] as const;

/**
 * What a volume in the state is used for.
 *
 * - `current`: the machine is on it.
 * - `retained`: a system overlay that the machine is not on: the way back, or a way ahead that was not gone yet.
 * - `unused`: any other volume that the machine is not on.
 * - `deposed`: waits for its deletion since a run that broke off.
 * - `cloud-init`: what cloud-init reads at the first boot.
 */
export type VolumeUse = (typeof VOLUME_USES)[number];

/** Whether libvirt's hook, which resets temporary volumes at shutdown, is on a host. */
export const HOOK_STATES = ['installed', 'outdated', 'missing', 'unknown'] as const;

/** Whether libvirt's hook is on a host. */
export type HookState = (typeof HOOK_STATES)[number];

/** A file of a storage pool. */
export interface FileStatus {
  readonly file: string;
  /** Bytes that it takes on the host; left out when the file is not there or the host could not be asked. */
  readonly allocated?: number;
  /** Bytes that the guest sees. */
  readonly virtual?: number;
}

/** A volume of a clone. */
export interface VolumeStatus extends FileStatus {
  readonly volume: string;
  readonly use: VolumeUse;
  /** Left out for what cloud-init reads. */
  readonly type?: VolumeType;
  /** The base that it is an overlay on. */
  readonly base?: string;
  readonly address: string;
}

/** What one quick try of a pool's health checks came to. */
export interface Health {
  readonly healthy: boolean;
  /** Which check failed, and on what. */
  readonly reason?: string;
}

/** A clone. */
export interface CloneStatus {
  readonly clone: string;
  /** The base that its machine is on; left out when it is on none that is known. */
  readonly base?: string;
  /** The base that the code says for it, as it was synthesized last. */
  readonly wanted?: string;
  /** The other base that it has system overlays on. */
  readonly retainedBase?: string;
  /** Whether it is on another base than its pool is, or is being rebased to. */
  readonly stale: boolean;
  readonly power: Power;
  /** Left out when it was not checked. */
  readonly health?: Health;
  readonly volumes: readonly VolumeStatus[];
  readonly drift: readonly Drift[];
}

/** A clone that was taken out while its data volumes are kept. */
export interface RetiredClone {
  readonly clone: string;
  readonly volumes: readonly (FileStatus & { readonly volume: string; readonly address: string })[];
}

/** A clone pool. */
export interface PoolStatus {
  readonly pool: string;
  readonly host: string;
  readonly base: string;
  /** The bases that open rebases move it to. */
  readonly rebasesTo: readonly string[];
  readonly clones: readonly CloneStatus[];
  readonly retired: readonly RetiredClone[];
}

/** What a file that stands on another one is. */
export const DEPENDENT_KINDS = [...VOLUME_USES, 'data', 'archived', 'base', 'orphan', 'foreign'] as const;

/** A file that has another one in its backing chain. */
export interface Dependent {
  readonly path: string;
  /** `foreign`: of no stack that was looked at. */
  readonly kind: (typeof DEPENDENT_KINDS)[number];
  /** `POOL/CLONE`, for a volume of a clone. */
  readonly clone?: string;
}

/** What stands on a file, by libvirt's backing chains. */
export interface Dependents {
  readonly overlays: readonly Dependent[];
  /** The names of the machines that have it below one of their disks. */
  readonly machines: readonly string[];
}

/** A base and what stands on its volumes. */
export interface BaseStatus {
  readonly base: string;
  readonly retired: boolean;
  readonly volumes: readonly (FileStatus & { readonly volume: string } & Dependents)[];
}

/** Any other file that something stands on. */
export interface BackingStatus extends Dependents {
  readonly path: string;
}

/** A host and the storage pool of a stack on it. */
export interface HostStatus {
  readonly host: string;
  /** Without its password. */
  readonly uri?: string;
  readonly storage: string;
  /** Why libvirt could not be asked; left out when it was. */
  readonly obstacle?: string;
  /** Bytes that are free in the storage pool; left out when that is not known. */
  readonly available?: number;
  /** Left out when nobody looked. */
  readonly hook?: HookState;
  readonly bases: readonly BaseStatus[];
  readonly otherBackings: readonly BackingStatus[];
  /** Files with an overlay's name that no state, machine or other file knows. */
  readonly orphans: readonly FileStatus[];
  /** All other files of the storage pool that are not of this stack. */
  readonly otherFiles: readonly FileStatus[];
}

/** A rollout that has not come to its end. */
export interface RolloutStatus {
  readonly id: string;
  readonly state: string;
}

/** A stack as it stands. */
export interface StackStatus {
  readonly stack: string;
  readonly rollout?: RolloutStatus;
  readonly hosts: readonly HostStatus[];
  readonly pools: readonly PoolStatus[];
  /** The drift that is not of one clone. */
  readonly drift: readonly Drift[];
}

/** How a fleet stands: what Terraform's state and libvirt say, the code left alone. */
export interface FleetStatus {
  readonly version: 1;
  readonly stacks: readonly StackStatus[];
}
