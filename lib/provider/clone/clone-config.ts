import type { VolumeType } from '../../model/volume-type';
import type { ObjectValue } from '../protocol/values';
import type { CloneState, Maybe } from './clone-state';

/** A volume of a clone as it is configured; `null` where nothing is said. */
export interface VolumeConfig {
  readonly type: Maybe<VolumeType>;
  readonly size: Maybe<number | null>;
  readonly bus: Maybe<string | null>;
  readonly target: Maybe<string | null>;
  readonly boot: Maybe<boolean | null>;
  readonly wwn: Maybe<string | null>;
  readonly seed: Maybe<string | null>;
  readonly seed_sha256: Maybe<string | null>;
  readonly format: Maybe<string | null>;
  readonly file: Maybe<string | null>;
}

/** What cloud-init is told, as it is configured. */
interface CloudInitConfig {
  readonly user_data: Maybe<string>;
  readonly meta_data: Maybe<string>;
  readonly network_config: Maybe<string | null>;
}

/** A clone as it is configured: any value may be known only after apply. */
export interface CloneConfig {
  readonly name: Maybe<string>;
  readonly base: Maybe<string>;
  readonly retain: Maybe<string | null>;
  readonly retired: Maybe<boolean | null>;
  readonly volumes: Maybe<Readonly<Record<string, Maybe<VolumeConfig>>>>;
  readonly domain_xml: Maybe<string>;
  readonly autostart: Maybe<boolean | null>;
  readonly cloud_init: Maybe<CloudInitConfig | null>;
  readonly restore: Maybe<string | null>;
  readonly data_on_destroy: Maybe<string | null>;
}

/** A configuration that has gone through the schema of `regraft_clone`, as what it is. */
export function cloneConfigOf(value: ObjectValue): CloneConfig {
  return value as unknown as CloneConfig;
}

/** A state that has gone through the schema of `regraft_clone`, as what it is. */
export function cloneStateOf(value: ObjectValue): CloneState {
  return value as unknown as CloneState;
}
