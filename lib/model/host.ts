/** What a host can be synthesized for: a generation of the provider dmacvicar/libvirt, or regraft's own provider. */
export const PROVIDER_GENERATIONS = ['0.8', '0.9', 'regraft'] as const;

/** A generation of the provider dmacvicar/libvirt, or `regraft` for regraft's own provider. */
export type ProviderGeneration = (typeof PROVIDER_GENERATIONS)[number];

/** The storage pool that regraft owns on a host. */
export interface Storage {
  readonly name: string;
  /** The folder on the host. */
  readonly path: string;
  /** Whether the pool is there already (made by another stack or by hand) and is only referred to. */
  readonly existing: boolean;
}

/** One libvirt connection and the storage pool that regraft owns on it. */
export interface Host {
  readonly name: string;
  readonly uri: string;
  readonly storage: Storage;
  readonly generation: ProviderGeneration;
}
