import type { StoredVolume } from '../../dialects/stored';
import type { ContentQuestion } from './given';

interface About {
  readonly host: string;
  readonly clone?: string;
  /** The file or machine. */
  readonly what: string;
  readonly why: string;
}

/** A file that goes. */
export interface DeleteStep extends About {
  readonly kind: 'delete-overlay' | 'delete-cloud-init' | 'delete-partial-base' | 'remake-empty-data';
  /** The file's name in the storage pool. */
  readonly file: string;
  readonly path: string;
}

/** Something that the provider itself takes into the state (`terraform import`). */
export interface ImportStep extends About {
  readonly kind: 'import-volume' | 'import-domain' | 'import-storage-pool';
  readonly address: string;
  /** What the provider looks it up by. */
  readonly id: string;
}

/** A volume that is written into the state, since the provider cannot import it as the code says it. */
export interface EditVolumeStep extends About {
  readonly kind: 'edit-state-volume';
  readonly address: string;
  readonly stored: StoredVolume;
}

/** A storage pool that is written into the state. */
export interface EditStoragePoolStep extends About {
  readonly kind: 'edit-state-storage-pool';
  readonly address: string;
  readonly stored: { readonly name: string; readonly path: string; readonly uuid: string };
}

/** Something that looks odd and is not touched. */
export interface LeaveStep extends About {
  readonly kind: 'leave';
}

/** One step of a repair. */
export type RepairStep = DeleteStep | ImportStep | EditVolumeStep | EditStoragePoolStep | LeaveStep;

/** What a step does. */
export type RepairKind = RepairStep['kind'];

/** What a repair does, in this order. */
export interface RepairPlan {
  readonly steps: readonly RepairStep[];
  /** What has to be known of volumes' contents first; until then they are left. */
  readonly questions: readonly ContentQuestion[];
}

/** Whether a step deletes a file. */
export function isDeletion(step: RepairStep): step is DeleteStep {
  return 'file' in step;
}

/** Whether a step changes something. */
export function isAction(step: RepairStep): step is Exclude<RepairStep, LeaveStep> {
  return step.kind !== 'leave';
}

/** Whether two steps do the same. */
export function isSameStep(one: RepairStep, other: RepairStep): boolean {
  return one.kind === other.kind && one.host === other.host && one.what === other.what;
}
