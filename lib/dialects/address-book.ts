import type { ProviderGeneration } from '../model/host';
import {
  baseAddress,
  dataAddress,
  domainAddress,
  hostBlocks,
  overlayAddress,
  volumeAddress,
} from './addresses';
import { regraftAddresses } from './regraft/addresses';

/** Where the objects of the model stand, for one provider; the manifest and the review speak of these addresses. */
export interface AddressBook {
  base(host: string, base: { readonly name: string; readonly retired: boolean }, volume: string): string;
  overlay(
    pool: string,
    clone: string,
    overlay: { readonly volume: string; readonly base: { readonly name: string } },
  ): string;
  /** A data volume in use, by its key `POOL/CLONE/VOLUME`. */
  data(host: string, key: string): string;
  /** A data volume of a retired clone, by its key `POOL/CLONE/VOLUME`. */
  archived(host: string, key: string): string;
  domain(pool: string, clone: string): string;
  /** `undefined` where the storage pool is no resource. */
  storage(host: string, storage: string): string | undefined;
}

/** The addresses of both generations of dmacvicar/libvirt. */
export const libvirtAddresses: AddressBook = {
  base: baseAddress,
  overlay: overlayAddress,
  data: (host, key) => dataAddress(host, { key }),
  archived: (host, key) => volumeAddress(hostBlocks.archived(host), key),
  domain: domainAddress,
  storage: (host, storage) => `libvirt_pool.${hostBlocks.storage(host)}[${JSON.stringify(storage)}]`,
};

/** The addresses by the provider that they are for. */
export const addressBooks: Readonly<Record<ProviderGeneration, AddressBook>> = {
  '0.8': libvirtAddresses,
  '0.9': libvirtAddresses,
  regraft: regraftAddresses,
};
