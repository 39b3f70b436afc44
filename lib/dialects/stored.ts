import type { ProviderGeneration } from '../model/host';
import { READ_ONLY_VOLUME } from './libvirt-0.8/stylesheet';

/** A volume that is on a host and is to be written into the state. */
export interface StoredVolume {
  readonly role: 'base' | 'data';
  readonly name: string;
  readonly path: string;
  /** The name of its storage pool. */
  readonly storage: string;
  readonly format: string;
  /** The virtual size in bytes. */
  readonly capacity: number;
  /** Where the code says that its content comes from. */
  readonly source?: string;
}

/**
 * A volume's attributes as a provider has them in the state; what it reads from the host itself is left out.
 *
 * Neither generation can import a base: 0.8 knows neither its source nor its stylesheet then and wants to replace it,
 * 0.9 imports no volume at all up to 0.9.7 (its import sets `id`, its read looks up by `key`).
 */
export function volumeInState(generation: ProviderGeneration, volume: StoredVolume): object {
  const { role, name, path, storage, format, capacity, source } = volume;
  const isBase = role === 'base';
  if (generation === '0.8') {
    return {
      id: path,
      name,
      pool: storage,
      format,
      size: capacity,
      ...(source === undefined ? {} : { source }),
      xml: isBase ? [{ xslt: READ_ONLY_VOLUME }] : [],
    };
  }
  return {
    id: path,
    key: path,
    path,
    name,
    pool: storage,
    capacity,
    target: { path, format: { type: format }, ...(isBase ? { permissions: { mode: '0444' } } : {}) },
    ...(source === undefined ? {} : { create: { content: { url: source } } }),
  };
}

/** A storage pool's attributes in the state of provider 0.9, which would change a pool that it has imported. */
export function storagePoolInState({
  name,
  path,
  uuid,
}: {
  name: string;
  path: string;
  uuid: string;
}): object {
  return {
    id: uuid,
    uuid,
    name,
    type: 'dir',
    target: { path },
    create: { build: true, start: true, autostart: true },
  };
}

/** A volume that was there before regraft. */
export interface AdoptedVolumeFacts {
  readonly name: string;
  readonly path: string;
  /** The virtual size in bytes. */
  readonly capacity: number;
  readonly format: string;
}

/**
 * The attributes of a volume that was there before regraft: those that the provider would make it with, with the name,
 * size and format that it has.
 */
export function adoptedVolumeInState(
  generation: ProviderGeneration,
  planned: object,
  { name, path, capacity, format }: AdoptedVolumeFacts,
): object {
  if (generation === '0.8') return { ...planned, id: path, name, size: capacity, format };
  const target = { path, format: { type: format } };
  return { ...planned, id: path, key: path, path, name, capacity, target };
}

/** The attributes of a machine that was there before regraft: those that the provider would define it with, and its UUID. */
export function adoptedMachineInState(generation: ProviderGeneration, planned: object, uuid: string): object {
  return generation === '0.8' ? { ...planned, id: uuid } : { ...planned, uuid };
}
