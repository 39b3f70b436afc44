import { resolve } from 'node:path';
import { imageProblems, readImageHeader } from '../images/image-file';
import { bytesOf, formatSize } from '../model/size';
import { isLocalFile } from './image-location';
import type { VolumeSpec } from './volume';

/** What is wrong with a volume's size, one message each. */
export function sizeProblems(who: string, { size }: VolumeSpec): string[] {
  if (size === undefined) return [];
  try {
    bytesOf(size);
    return [];
  } catch (error) {
    return [`${who}: ${(error as Error).message}`];
  }
}

/** What is wrong with the seed of a data volume, one message each. */
export function seedProblems(who: string, spec: VolumeSpec): string[] {
  const { seed, seedFormat = 'qcow2', size } = spec;
  if (seed === undefined || !isLocalFile(seed) || sizeProblems(who, spec).length > 0) return [];
  const header = readImageHeader(resolve(seed), seedFormat);
  const problems = imageProblems(who, seed, seedFormat, header);
  const bytes = size === undefined ? undefined : bytesOf(size);
  if (problems.length === 0 && header.kind === 'read' && bytes !== undefined && header.virtualSize > bytes) {
    problems.push(
      `${who}: size is ${formatSize(bytes)}, but its seed ${seed} has ${formatSize(header.virtualSize)} and is copied as it is: say at least that size, or change the seed with "qemu-img resize"`,
    );
  }
  return problems;
}
