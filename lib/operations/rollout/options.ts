import type { Proof } from '../../model/run-record';

/** What becomes of a machine that does not shut down in time. */
export type BusyPolicy = 'abort' | 'skip' | 'force';

/** Which machines run after a wave: those that ran before, all, or none. */
export type PowerPolicy = 'restore' | 'on' | 'off';

/** How a rollout goes. */
export interface RolloutOptions {
  /** Seconds that machines are given to shut down. @default 300 */
  readonly shutdownTimeout: number;
  /** @default 'abort' */
  readonly onBusy: BusyPolicy;
  /** @default 'digest' */
  readonly proof: Proof;
  /** @default 'restore' */
  readonly power: PowerPolicy;
  /** The size of the first wave; the others follow all at once. @default - the waves of the Rebase */
  readonly canary?: number;
  /** The most machines that are down at once, as a number or a percentage. @default - no limit */
  readonly maxUnavailable?: number | `${number}%`;
  /** Whether to stop between waves. @default false */
  readonly pause: boolean;
  /** Minutes that a wave has to stay healthy before the next. @default 0 */
  readonly bake: number;
  /** How many machines may fail before the rollout stops. @default 0 */
  readonly maxFailures: number;
  /** Whether the clones of a wave that fails go back to their retained overlays. @default 'stop' */
  readonly onFailure: 'stop' | 'revert';
  /** How many things Terraform does at once. @default 10 */
  readonly parallelism: number;
  /**
   * Whether Terraform hands its state to regraft during the run instead of writing the whole file at every change.
   *
   * @default 'auto'
   */
  readonly stateServer: StateServerUse;
}

/** `auto`: for plans of {@link SERVED_CHANGES} changes or more, where what a kill loses is found on the host again. */
export type StateServerUse = 'auto' | 'always' | 'never';

/** From how many changes on Terraform's own writing of a local state costs more than a plan in between (bench/README.md). */
export const SERVED_CHANGES = 100;

/** How a rollout goes when nothing is said. */
export const DEFAULTS: RolloutOptions = {
  shutdownTimeout: 300,
  onBusy: 'abort',
  proof: 'digest',
  power: 'restore',
  pause: false,
  bake: 0,
  maxFailures: 0,
  onFailure: 'stop',
  parallelism: 10,
  stateServer: 'auto',
};

/** Machines that are started at the same time; each boots, and they share the host's disks. */
export const STARTS_AT_ONCE = 4;

/** Volumes whose digest is computed at the same time. */
export const DIGESTS_AT_ONCE = 2;
