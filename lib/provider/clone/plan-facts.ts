import type { Configuration, KnownBase } from '../configuration';
import type { Listing } from '../host/facts';
import type { LookUp } from '../host/volume-facts';

/** All that a plan of a clone knows besides prior state and configuration. */
export interface PlanFacts extends Pick<
  Configuration,
  'uri' | 'storage' | 'shutdownTimeout' | 'onBusy' | 'power' | 'planTime'
> {
  readonly bases: ReadonlyMap<string, KnownBase>;
  readonly listing: Listing;
  /** Most plans need to know of volumes only that they are there, and ask for no more. */
  readonly lookUp: LookUp;
}
