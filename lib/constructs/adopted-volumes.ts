import type { AdoptedVolume } from '../model/clone';
import { bytesOf } from '../model/size';
import type { AdoptedClone } from './clone-pool';
import { sizeProblems } from './volume-problems';

/** The data volumes that a clone had before regraft, by name. */
export function adoptedVolumesOf(adopted: AdoptedClone | undefined): Record<string, AdoptedVolume> {
  return Object.fromEntries(
    Object.entries(adopted?.data ?? {}).map(([name, { file, format = 'qcow2', size }]) => {
      // A size that is none is refused by the validation, which names the volume.
      const isSize = size !== undefined && sizeProblems('', { size }).length === 0;
      return [name, { file, format, ...(isSize ? { size: bytesOf(size) } : {}) }];
    }),
  );
}
