import type { Finding, Severity } from './findings';
import type { VolumeType } from '../model/volume-type';

/**
 * What becomes of a volume of a clone.
 *
 * - `kept`: as it is. `created`: made for the first time. `adopted`: in the state already, though the stack did not have it before.
 * - `replaced`: a system volume made anew. `reset`: a temporary volume made anew.
 * - `reverted`: the machine goes back to the retained overlay.
 * - `discarded`: an overlay deleted without a successor, since its clone leaves the pool.
 * - `grown`: a data volume that gets larger. `given`: a data volume of a retired clone that this clone takes over.
 * - `archived`: a data volume kept for a retired clone. `purged`: an archived data volume deleted, as the code asks.
 * - `endangered`: a volume that the plan treats otherwise than the code asks; a refusal says how.
 * - `unknown`: a volume that the plan leaves out; a refusal says so.
 */
export const FATES = [
  'kept',
  'created',
  'adopted',
  'grown',
  'given',
  'replaced',
  'reset',
  'reverted',
  'discarded',
  'archived',
  'purged',
  'endangered',
  'unknown',
] as const;

/** What becomes of a volume, see {@link FATES}. */
export type Fate = (typeof FATES)[number];

/** What becomes of a machine; `recreated` has the same identity. */
export const MACHINE_FATES = ['unchanged', 'redefined', 'recreated', 'created', 'removed', 'none'] as const;

/** What becomes of a machine, see {@link MACHINE_FATES}; `none` stands for a retired clone. */
export type MachineFate = (typeof MACHINE_FATES)[number];

/** What may follow from a plan, in this order: `refused` must not be applied. */
export const VERDICTS = ['nothing-to-do', 'safe', 'refused'] as const;

/** What may follow from a plan, see {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number];

/** A volume before and after. */
export interface VolumeState {
  readonly address: string;
  /** The base that it stands on; data volumes stand on none. */
  readonly base?: string;
  /** The file name in the storage pool, as far as it is known. */
  readonly file?: string;
}

/** What becomes of the overlay that a rebase keeps as the way back. */
export interface RetainedReview extends VolumeState {
  /** `retained`: it stays, or becomes, the way back. `discarded`: it is deleted. */
  readonly fate: 'retained' | 'discarded' | 'endangered' | 'unknown';
}

/** What becomes of one volume of one clone. */
export interface VolumeReview {
  readonly volume: string;
  readonly type: VolumeType;
  readonly fate: Fate;
  /** The key, `POOL/CLONE/VOLUME`, that a given volume had before. */
  readonly from?: string;
  /** The virtual size of a data volume that grows, in bytes. */
  readonly size?: { readonly before: number; readonly after: number };
  readonly before?: VolumeState;
  readonly after?: VolumeState;
  readonly retained?: RetainedReview;
}

/** What becomes of one clone. */
export interface CloneReview {
  readonly clone: string;
  /** `retired` clones have no machine, only archived data volumes. */
  readonly status: 'unchanged' | 'changed' | 'new' | 'retired' | 'brought-back' | 'purged' | 'removed';
  /** The base before and after. */
  readonly base: { readonly before?: string; readonly after?: string };
  /** The base of the overlays that are the way back after this plan. */
  readonly wayBack?: string;
  readonly machine: { readonly fate: MachineFate; readonly address?: string; readonly running?: boolean };
  readonly volumes: readonly VolumeReview[];
}

/** The step in the life of a base update that a plan is for a pool. */
export type Stage = 'unchanged' | 'created' | 'rebased' | 'promoted' | 'reverted' | 'changed' | 'removed';

/** What becomes of one pool. */
export interface PoolReview {
  readonly pool: string;
  readonly host: string;
  readonly stage: Stage;
  readonly base: { readonly before?: string; readonly after?: string };
  /** The base that clones move onto while a rebase is open. */
  readonly rebaseTo?: string;
  readonly clones: readonly CloneReview[];
}

/** What becomes of one base volume. */
export interface BaseReview {
  readonly base: string;
  readonly host: string;
  readonly volume: string;
  readonly fate:
    'kept' | 'created' | 'adopted' | 'retired' | 'brought-back' | 'deleted' | 'endangered' | 'unknown';
}

/** A resource in the stack that is not regraft's. */
export interface OtherReview {
  readonly address: string;
  readonly effect: string;
}

/** How much of what; `data` counts data volumes by fate, `overlays` system and temporary volumes. */
export interface Totals {
  readonly clones: number;
  readonly changedClones: number;
  readonly data: Readonly<Partial<Record<Fate, number>>>;
  readonly overlays: Readonly<Partial<Record<Fate, number>>>;
  readonly retained: Readonly<Partial<Record<RetainedReview['fate'], number>>>;
  readonly machines: Readonly<Partial<Record<MachineFate, number>>>;
  readonly findings: Readonly<Record<Severity, number>>;
}

/** What a plan does to every clone and volume, and whether it may be applied. */
export interface Review {
  readonly version: 1;
  readonly verdict: Verdict;
  readonly terraformVersion?: string;
  /** When the plan was made. */
  readonly plannedAt?: string;
  /** Whether libvirt was asked. */
  readonly factsFrom: readonly string[];
  readonly totals: Totals;
  readonly findings: readonly Finding[];
  readonly pools: readonly PoolReview[];
  readonly bases: readonly BaseReview[];
  readonly others: readonly OtherReview[];
}
