import type { CodeEdit } from '../../edits/code-edit';
import type { PreparedBase, PreparedVolume } from '../../model/prepared-base';
import type { FleetClone } from '../fleet';
import type { BusyPolicy } from '../power/stop';
import type { Preparation } from './preparation';

/** What `regraft prepare` is asked for. */
export interface PrepareRequest {
  readonly clone: string;
  /** The new base's name. */
  readonly as: string;
  /** The stack of the clone; left out where only one has a clone so named. */
  readonly stack?: string;
  /** Whether the draft's data volumes become the seeds of the new base's. */
  readonly withData: boolean;
  /** Whether the copies are cleaned of what would tell machines made of them apart. */
  readonly seal: boolean;
  /** The file of the project that the new base is declared in, relative to the project's folder. */
  readonly write?: string;
  /** Takes the stacks as they were synthesized last. */
  readonly synthesized: boolean;
  /** Seconds that the guest may take to shut down. */
  readonly timeout: number;
  readonly onBusy: BusyPolicy;
  /** Whether the draft runs in the end: as before, always or not. */
  readonly power: 'restore' | 'on' | 'off';
}

/** A volume of the new base, and where its content comes from. */
export interface PlannedVolume extends PreparedVolume {
  /** The volume that it is a copy of; left out for what is declared blank. */
  readonly from?: string;
  /** The most bytes that the copy takes. */
  readonly bytes: number;
  /** The format of the file that the content comes from, as the machine's definition has it. */
  readonly format: string;
}

/** What a preparation is going to do; nothing was changed to find it out. */
export interface PreparePlan {
  readonly request: PrepareRequest;
  readonly draft: FleetClone;
  /** Whether the draft is on now. */
  readonly running: boolean;
  readonly volumes: readonly PlannedVolume[];
  /** Bytes that are needed in the storage pool, and free there. */
  readonly needed: number;
  readonly available: number;
  /** What virt-sysprep does to each copy, by its names; left out without `seal`. */
  readonly operations?: readonly string[];
  /** A preparation of this base that was broken off. */
  readonly brokenOff?: Preparation;
  /** Whether the host has its note, which is empty when it was broken off before it did anything. */
  readonly noted: boolean;
  /** Whether that one has come as far as to have all volumes, so that only the rest is left. */
  readonly copied: boolean;
  /** Whether the code declares the base already, which a preparation does that was killed after that. */
  readonly declared: boolean;
  /** The change of code, with digests that are not known yet; left out without `write`, and when it was made before. */
  readonly edit?: CodeEdit;
}

/** What came of a preparation. */
export interface PrepareResult {
  readonly base: PreparedBase;
  readonly host: string;
  /** The TypeScript that declares the base. */
  readonly code: string;
  /** The file that it was written to, relative to the project. */
  readonly written?: string;
  /** Why it was not written although that was asked for. */
  readonly unwritten?: string;
  /** Whether the draft is on in the end, and why not although it should be. */
  readonly draft: { readonly on: boolean; readonly why?: string };
}
