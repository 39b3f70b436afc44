import { posix } from 'node:path';
import { baseFileName } from '../../model/file-names';
import type { ImageFormat, VolumeType } from '../../model/volume-type';
import type { KnownBase } from '../configuration';
import { number, objectsOf, text } from '../known';
import type { ObjectValue } from '../protocol/values';

/** A volume of a base as in the schema of `regraft_base`; what is not known yet is null. */
export interface BaseVolumeState {
  readonly type: VolumeType;
  readonly image: string | null;
  readonly existing: string | null;
  readonly format: ImageFormat;
  readonly sha256: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly bus: string;
  readonly path: string | null;
}

/** A base's state. */
export interface BaseState {
  readonly name: string;
  readonly volumes: Readonly<Record<string, BaseVolumeState>>;
  readonly deletion_protection: boolean;
}

/** A base as Terraform has it, defaults filled in. */
export function baseState(value: ObjectValue): BaseState {
  return {
    name: text(value['name']) ?? '',
    volumes: Object.fromEntries(
      objectsOf(value['volumes']).map(([name, volume]) => [name, baseVolumeState(volume)]),
    ),
    deletion_protection: value['deletion_protection'] !== false,
  };
}

/** A volume of a base as Terraform has it, defaults filled in. */
export function baseVolumeState(volume: ObjectValue): BaseVolumeState {
  return {
    type: text(volume['type']) as VolumeType,
    image: text(volume['image']) ?? null,
    existing: text(volume['existing']) ?? null,
    format: (text(volume['format']) as ImageFormat | undefined) ?? 'qcow2',
    sha256: text(volume['sha256']) ?? null,
    size: number(volume['size']) ?? null,
    bus: text(volume['bus']) ?? 'virtio',
    path: text(volume['path']) ?? null,
  };
}

/** A base for Terraform. */
export function baseValue({ name, volumes, deletion_protection }: BaseState): ObjectValue {
  return {
    name,
    volumes: Object.fromEntries(Object.entries(volumes).map(([key, volume]) => [key, { ...volume }])),
    deletion_protection,
  };
}

/** What clones need to know of a base. */
export function knownBase({ name, volumes }: BaseState): KnownBase {
  return {
    name,
    volumes: Object.fromEntries(
      Object.entries(volumes).map(([volume, { type, bus, size, format, path, image, sha256 }]) => [
        volume,
        { type, bus, size, format, path, seed: type === 'data' ? image : null, sha256 },
      ]),
    ),
  };
}

/** The file of a base volume in the storage pool; `undefined` for one without content of its own there. */
export function baseFile(
  base: string,
  volume: string,
  { type, image, existing }: Pick<BaseVolumeState, 'type' | 'image' | 'existing'>,
): string | undefined {
  if (type === 'data') return undefined;
  if (existing !== null) return existing;
  return image === null ? undefined : baseFileName(base, volume);
}

/** The files that regraft has made for a base, and that go with it. */
export function ownFiles({ volumes }: BaseState): string[] {
  return Object.values(volumes).flatMap(({ path, existing }) =>
    path === null || existing !== null ? [] : [posix.basename(path)],
  );
}
