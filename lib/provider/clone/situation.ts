import { posix } from 'node:path';
import type { KnownBase } from '../configuration';
import type { ListedMachine, VolumeFacts } from '../host/facts';
import { UNKNOWN } from '../protocol/values';
import type { CloneConfig } from './clone-config';
import type { CloneState, Maybe } from './clone-state';
import type { Diagnostics } from './diagnostics';
import type { CloneMark } from './mark';
import type { PlanFacts } from './plan-facts';

/** Where a plan of a clone stands: all that its parts look at. */
export interface Situation {
  readonly name: string;
  readonly prior: CloneState | null;
  readonly config: CloneConfig;
  readonly facts: PlanFacts;
  readonly told: Diagnostics;
  readonly retired: Maybe<boolean>;
  /** The base that it shall be on; `undefined` when it is not known in this process. */
  readonly base: Maybe<KnownBase | undefined>;
  /** Whether fresh overlays are asked for. */
  readonly restoring: Maybe<boolean>;
  /** The machine of that name; of a clone that is to be made only one with its mark. */
  readonly machine: ListedMachine | undefined;
  readonly mark: CloneMark | undefined;
  readonly stamp: string;
}

/** Whether the storage pool has a volume with this path. */
export function isThere({ facts }: Situation, path: string): boolean {
  return facts.listing.volumes.has(path);
}

/** What libvirt says of the volume with this path. */
export function factsOf(situation: Situation, path: string): VolumeFacts | undefined {
  return isThere(situation, path) ? situation.facts.lookUp(path) : undefined;
}

/** The path of a file in the storage pool. */
export function pathIn({ facts }: Situation, file: string): string {
  return posix.join(facts.storage.path, file);
}

/** Whether a value is known. */
export function isKnown<Known>(value: Maybe<Known>): value is Known {
  return value !== UNKNOWN;
}
