import type { OutlineVolume, StorageOutline } from 'regraft';
import type { BaseImage } from '../../lib/model/base';
import { bytesOf, type Size } from '../../lib/model/size';

/** A volume of an outline. */
export function volume(
  type: OutlineVolume['type'],
  size?: Size,
  bus: OutlineVolume['bus'] = 'virtio',
): OutlineVolume {
  return { type, bus, ...(size === undefined ? {} : { size: bytesOf(size) }) };
}

/** An outline with one volume of each type. */
export const PLAIN: StorageOutline = {
  root: volume('system', '4GiB'),
  scratch: volume('temporary', '1GiB'),
  home: volume('data', '2GiB'),
};

/** A base as data. */
export function base(
  name: string,
  outline: StorageOutline = PLAIN,
  more: Partial<BaseImage> = {},
): BaseImage {
  const systems = Object.keys(outline).filter((volume) => outline[volume]!.type === 'system');
  const origins = Object.fromEntries(
    systems.map((volume) => [volume, { kind: 'image', location: `${name}.qcow2`, format: 'qcow2' } as const]),
  );
  return {
    name,
    outline,
    origins,
    seeds: {},
    imageSizes: {},
    boot: systems[0] ?? '',
    retired: false,
    ...more,
  };
}
