import type { BaseImage } from '../model/base';
import type { Clone } from '../model/clone';
import type { DataVolume } from '../model/clone';
import type { Host, ProviderGeneration } from '../model/host';
import type { AddressBook } from './address-book';

/** A data volume whose clone was retired: it is kept, without the guard, until its name leaves `retired`. */
export interface ArchivedVolume extends DataVolume {
  readonly pool: string;
  readonly clone: string;
}

/** A clone that is taken out while its data volumes are kept. */
export interface RetiredClone extends Clone {
  /** The names of its data volumes that other clones have taken over. */
  readonly handedOver: readonly string[];
}

/** All that stands on a host in one stack. */
export interface HostContents {
  readonly bases: readonly BaseImage[];
  readonly clones: readonly Clone[];
  readonly archived: readonly ArchivedVolume[];
  /** The retired clones, as they would be if they were brought back. */
  readonly retired: readonly RetiredClone[];
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
  /** The attributes of the resource that stands for its machine. */
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
  /** The provider's name in the configuration. */
  readonly providerName: 'libvirt' | 'regraft';
  /** Where Terraform finds the provider. */
  readonly providerSource: string;
  /** The version constraint that `required_providers` gets when the user sets none. */
  readonly versionConstraint: string;
  /** The type of the resource that stands for a clone's machine. */
  readonly machineType: 'libvirt_domain' | 'regraft_clone';
  /** Where the objects of the model stand. */
  readonly addresses: AddressBook;
  /** What is wrong with a model for this provider only, one message each. */
  problems(host: Host, contents: HostContents): string[];
  /** The provider's own arguments for a host. */
  provider(host: Host, settings: DialectSettings): object;
  /** What stands for the host, its bases and its retired clones. */
  host(host: Host, contents: HostContents): Resources;
  /** A clone's machine and its overlays. */
  clone(host: Host, clone: Clone, settings: DialectSettings): CloneResources;
  /** What has another address now though it is the same object. */
  moves(host: Host, contents: HostContents): Moved[];
}

/** What a user sets on the host and only a dialect understands. */
export interface DialectSettings {
  /** Seconds that a running machine is given to shut down (0.9: before its power is cut; regraft: before the change is given up). */
  readonly shutdownTimeout: number;
}
