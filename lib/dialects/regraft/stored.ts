import { posix } from 'node:path';
import { baseFileName } from '../../model/file-names';
import { wholeSectors } from '../../model/size';
import type { BaseAttributes, BaseVolumeAttributes, CloneAttributes, CloneVolumeAttributes } from './schema';

/** A volume's file as its host has it. */
export interface StoredFile {
  /** The virtual size in bytes. */
  readonly capacity?: number | undefined;
  readonly backing?: { readonly path: string; readonly format?: string | undefined } | undefined;
}

/** What a clone is on its host. */
export interface StoredClone {
  readonly uuid: string;
  readonly macs: readonly string[];
  /** The paths of its volumes by name; none of an overlay of a retired clone. */
  readonly paths: Readonly<Record<string, string>>;
  /** The paths of the overlays that are its way back, by volume. */
  readonly retained: Readonly<Record<string, string>>;
  /** The cloud-init medium with what it was made of. */
  readonly medium?: {
    readonly user_data: string;
    readonly meta_data: string;
    readonly network_config: string | null;
    readonly path: string;
  };
}

/**
 * The attributes of a base whose files are on the host, for the state of regraft's own provider.
 *
 * @param folder the folder of the storage pool
 * @param file what is known of a file by its path
 */
export function baseInState(
  { name, volumes, deletion_protection }: BaseAttributes,
  folder: string,
  file: (path: string) => StoredFile | undefined,
): object {
  const stored = Object.entries(volumes).map(([volume, one]) => {
    const path = basePathOf(name, volume, one, folder);
    return [
      volume,
      {
        type: one.type,
        image: one.image ?? null,
        existing: one.existing ?? null,
        format: one.format ?? 'qcow2',
        sha256: one.sha256 ?? null,
        // Of a raw file libvirt knows only what its first bytes say.
        size: one.size ?? (path === null || one.format === 'raw' ? null : (file(path)?.capacity ?? null)),
        bus: one.bus,
        path,
      },
    ];
  });
  // The first apply leaves the base's record on the host.
  return { name, volumes: Object.fromEntries(stored) as object, deletion_protection, record: null };
}

function basePathOf(
  base: string,
  volume: string,
  { type, image, existing }: BaseVolumeAttributes,
  folder: string,
): string | null {
  if (type === 'data') return null;
  if (existing !== undefined) return posix.join(folder, existing);
  return image === undefined ? null : posix.join(folder, baseFileName(base, volume));
}

/**
 * The attributes of a clone that is on the host, for the state of regraft's own provider, as far as they tell the
 * provider what is whose: its own plan has the words for all else.
 *
 * @param base the base that it is on
 * @param retain the name of the base that it retains
 * @param file what is known of a file by its path
 */
export function cloneInState(
  block: CloneAttributes,
  { base, retain }: { readonly base: BaseAttributes; readonly retain: string | null },
  { uuid, macs, paths, retained, medium }: StoredClone,
  file: (path: string) => StoredFile | undefined,
): object {
  const volumes = Object.entries(block.volumes).map(([volume, one]) => {
    const path = paths[volume] ?? null;
    const below = base.volumes[volume];
    return [volume, volumeInState(one, below, path, path === null ? undefined : file(path))];
  });
  return {
    name: block.name,
    base: base.name,
    retain,
    retired: block.retired ?? null,
    volumes: Object.fromEntries(volumes) as object,
    domain_xml: unescaped(block.domain_xml),
    cloud_init: medium ?? null,
    restore: null,
    autostart: block.autostart ?? false,
    data_on_destroy: block.data_on_destroy,
    uuid,
    macs,
    retained,
    archived: {},
    drift: [],
  };
}

function volumeInState(
  { type, bus, target, boot, wwn, seed, seed_sha256, format, file: name, size }: CloneVolumeAttributes,
  below: BaseVolumeAttributes | undefined,
  path: string | null,
  found: StoredFile | undefined,
): object {
  const isData = type === 'data';
  const image = isData ? below?.image : undefined;
  const backing = isData ? undefined : found?.backing;
  return {
    type,
    size: sizeOf(size ?? below?.size, found?.capacity),
    bus: bus ?? below?.bus ?? 'virtio',
    target,
    boot: boot ?? false,
    wwn: wwn ?? null,
    seed: seed ?? image ?? null,
    seed_sha256: seed_sha256 ?? (seed === undefined && image !== undefined ? (below?.sha256 ?? null) : null),
    format: format ?? (image === undefined ? 'qcow2' : (below?.format ?? 'qcow2')),
    file: isData ? (name ?? (path === null ? null : posix.basename(path))) : null,
    path,
    backing: backing?.path ?? null,
    backing_format: backing === undefined ? null : (below?.format ?? backing.format ?? 'qcow2'),
  };
}

/** The size that the code says where the file has it, rounded up to whole sectors; else that of the file. */
function sizeOf(said: number | undefined, capacity: number | undefined): number | null {
  if (capacity === undefined) return said ?? null;
  return said !== undefined && wholeSectors(said) === capacity ? said : capacity;
}

/** A text of a synthesized stack as Terraform reads it; what it evaluates is left as it is. */
function unescaped(text: string): string {
  return text.replaceAll('$${', '${').replaceAll('%%{', '%{');
}
