import type { BaseImage } from '../model/base';
import type { Clone } from '../model/clone';
import type { DataVolume } from '../model/clone';
import type { Host, ProviderGeneration } from '../model/host';

/** A data volume whose clone was retired: it is kept, without the guard, until its name leaves `retired`. */
export interface ArchivedVolume extends DataVolume {
  readonly pool: string;
  readonly clone: string;
}

/** All that stands on a host in one stack. */
export interface HostContents {
  readonly bases: readonly BaseImage[];
  readonly clones: readonly Clone[];
  readonly archived: readonly ArchivedVolume[];
  /** Volumes of retired clones that other clones have taken over. */
  readonly handedOver: readonly ArchivedVolume[];
}

/** Terraform resources as data: type → name → attributes, as they stand in the synthesized JSON. */
export type Resources = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** A Terraform block that says that an object in the state has another address now. */
export interface Moved {
  readonly from: string;
  readonly to: string;
}

/** A machine and what stands around it. */
export interface CloneResources {
  /** The attributes of the machine's `libvirt_domain`. */
  readonly domain: object;
  /** Its overlays, triggers and cloud-init volumes. */
  readonly others: Resources;
}

/**
 * How the model becomes Terraform resources, for one generation of the provider.
 *
 * It speaks of host, base and clone; which resources they become is the dialect's own matter. All of it is pure:
 * same model, same data.
 */
export interface Dialect {
  readonly generation: ProviderGeneration;
  /** The version constraint that `required_providers` gets when the user sets none. */
  readonly versionConstraint: string;
  /** What is wrong with a model for this provider only, one message each. */
  problems(host: Host, contents: HostContents): string[];
  /** The provider's own arguments for a host. */
  provider(host: Host): object;
  /** The storage pool and the guarded blocks of base and data volumes. */
  host(host: Host, contents: HostContents): Resources;
  /** A clone's machine and its overlays. */
  clone(host: Host, clone: Clone, settings: DialectSettings): CloneResources;
}

/** What a user sets on the host and only a dialect understands. */
export interface DialectSettings {
  /** Seconds that Terraform waits for a running machine to shut down before it cuts the power (0.9 only). */
  readonly shutdownTimeout: number;
}
