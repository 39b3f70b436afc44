/**
 * How a run stands.
 *
 * - `running`: under way, or killed. `paused`, `interrupted`, `failed`: it stopped cleanly, and the same command goes on.
 * - `done`: nothing is left. `superseded`: another plan was approved before it was done.
 */
export const RUN_STATES = ['running', 'paused', 'interrupted', 'failed', 'done', 'superseded'] as const;

/** How a run stands, see {@link RUN_STATES}. */
export type RunState = (typeof RUN_STATES)[number];

/** The steps of a clone through its wave, in this order; the last four end it. */
export const CLONE_PHASES = [
  'waiting',
  'asked',
  'off',
  'proving',
  'applying',
  'applied',
  'comparing',
  'starting',
  'started',
  'checking',
  'done',
  'skipped',
  'reverted',
  'failed',
] as const;

/** A step of a clone through its wave, see {@link CLONE_PHASES}. */
export type ClonePhase = (typeof CLONE_PHASES)[number];

/** What was proven of a data volume: a SHA-256, or its facts as one text. */
export interface DataRecord {
  readonly file: string;
  readonly before?: string;
  readonly after?: string;
}

/** A data volume that a run makes larger. */
export interface GrownRecord {
  readonly file: string;
  /** Virtual sizes in bytes. */
  readonly before: number;
  readonly after: number;
  /** When it was done; left out while it is meant only. */
  readonly at?: string;
}

/** What became of one clone in a run. */
export interface CloneRecord {
  readonly pool: string;
  readonly clone: string;
  readonly host: string;
  readonly phase: ClonePhase;
  /** When each phase began, in the order of time; ISO 8601. */
  readonly phases: readonly { readonly phase: ClonePhase; readonly at: string }[];
  /** Whether its machine ran before the run; known before anybody is asked to leave. */
  readonly ran?: boolean;
  /** Whether its power was cut. */
  readonly cutOff?: boolean;
  /** Why it was skipped or has failed, in one line. */
  readonly why?: string;
  /** Where its console's log ended before it was started, in bytes. */
  readonly consoleMark?: number;
  /** The last lines of its console when it failed. */
  readonly console?: readonly string[];
  /** Its data volumes by name. */
  readonly data: Readonly<Record<string, DataRecord>>;
}

/** One wave of a run. */
export interface WaveRecord {
  /** `POOL/CLONE` each; empty for the rest of the plan, which touches no machine. */
  readonly clones: readonly string[];
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** What was proven of the data: that all bytes are the same, that size and time of the last change are, or nothing. */
export type Proof = 'digest' | 'metadata' | 'none';

/** The record of a run: who moved what, when, by which approved plan, and what came of each machine. */
export interface RunRecord {
  readonly version: 1;
  readonly id: string;
  readonly stack: string;
  readonly verb: 'apply' | 'restore';
  readonly state: RunState;
  /** The user, and the machine that regraft ran on. */
  readonly by: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When it was gone on with after it had stopped. */
  readonly continuedAt: readonly string[];
  /** The SHA-256 of Terraform's approved plan file, and of the bundle that it is in. */
  readonly planSha256: string;
  readonly bundleSha256: string;
  readonly proof: Proof;
  readonly waves: readonly WaveRecord[];
  /** By `POOL/CLONE`. */
  readonly clones: Readonly<Record<string, CloneRecord>>;
  /** Addresses that were made anew because a restore asked for it. */
  readonly replace: readonly string[];
  /** Data volumes that were made larger, by `POOL/CLONE/VOLUME`. */
  readonly grown?: Readonly<Record<string, GrownRecord>>;
  /** Why it stopped. */
  readonly problem?: string;
}

/** The key of a clone in a run. */
export function cloneKey(pool: string, clone: string): string {
  return `${pool}/${clone}`;
}

/** Whether a clone's course is over, for good or ill. */
export function isOver(phase: ClonePhase): boolean {
  return CLONE_PHASES.indexOf(phase) >= CLONE_PHASES.indexOf('done');
}
