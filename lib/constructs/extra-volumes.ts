import type { Construct } from 'constructs';
import type { DataVolume } from '../model/clone';
import { bytesOf } from '../model/size';
import { seedOf } from './base';
import type { CloneOverrides } from './clone-pool';
import { sizeProblems } from './volume-problems';

/** A clone's own data volumes in the order in which they are written. */
export function extraVolumesOf(
  scope: Construct,
  overrides?: CloneOverrides,
): Omit<DataVolume, 'key' | 'extra'>[] {
  return Object.entries(overrides?.volumes ?? {}).map(([name, { spec }]) => {
    const seed = seedOf(scope, spec);
    // A size that is none is refused by the validation, which names the volume.
    const size =
      spec.size === undefined || sizeProblems('', spec).length > 0 ? undefined : bytesOf(spec.size);
    return {
      name,
      bus: spec.bus ?? 'virtio',
      ...(size === undefined ? {} : { size }),
      ...(seed ? { seed } : {}),
    };
  });
}
