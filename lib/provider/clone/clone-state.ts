import type { UNKNOWN } from '../protocol/values';
import type { VolumeType } from '../../model/volume-type';

/** A value that may be known only after apply. */
export type Maybe<Known> = Known | typeof UNKNOWN;

/** A volume of a clone in its state, as in the schema of `regraft_clone`. */
export interface CloneVolumeState {
  readonly type: VolumeType;
  /** Bytes; `null` in a plan when only the host or a seed knows it, and for an overlay of a retired clone. */
  readonly size: number | null;
  readonly bus: string;
  readonly target: string;
  readonly boot: boolean;
  readonly wwn: string | null;
  readonly seed: string | null;
  readonly seed_sha256: string | null;
  readonly format: string;
  /** The file name, of a data volume; null for others. */
  readonly file: string | null;
  /** `null` for an overlay of a retired clone, which has none. */
  readonly path: string | null;
  readonly backing: string | null;
  readonly backing_format: string | null;
}

/** A clone's state, wholly known: what a plan without unknown values ends in, and what apply gets. */
export interface CloneState {
  readonly name: string;
  readonly base: string;
  readonly retain: string | null;
  readonly retired: boolean | null;
  readonly volumes: Readonly<Record<string, CloneVolumeState>>;
  readonly domain_xml: string;
  readonly autostart: boolean;
  readonly cloud_init: {
    readonly user_data: string;
    readonly meta_data: string;
    readonly network_config: string | null;
    /** `null` when the clone is retired. */
    readonly path: string | null;
  } | null;
  readonly restore: string | null;
  readonly data_on_destroy: 'keep' | 'purge';
  readonly uuid: string;
  readonly macs: readonly string[];
  /** Paths by volume. */
  readonly retained: Readonly<Record<string, string>>;
  /** Paths by volume. */
  readonly archived: Readonly<Record<string, string>>;
  readonly drift: readonly string[];
}
