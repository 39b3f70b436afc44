import type { DataRole } from '../../model/manifest';
import { dataFileOfRole } from '../../model/manifest';
import { formatSize, wholeSectors } from '../../model/size';
import type { Case } from '../case';
import type { VolumeFact } from '../facts';
import type { VolumeReview } from '../review';

/**
 * Judges the declared size of a data volume that is there: a larger one grows it, a smaller one is refused.
 *
 * Terraform ignores the size of a data volume once it is made, so that libvirt alone knows the real one.
 */
export function judgeDataSize(
  given: Case,
  address: string,
  role: DataRole,
  before: DataRole | undefined,
): Pick<VolumeReview, 'size'> {
  const { size, host, pool, clone } = role;
  if (role.role !== 'data' || size === undefined) return {};
  const place = { address, pool, clone };
  const wanted = wholeSectors(size);
  const facts = given.facts.find((one) => one.host === host);
  if (!facts) {
    judgeDeclared(given, place, size, before?.size);
    return {};
  }
  const file = dataFileOfRole(role);
  const volume = facts.volumes.find(({ name }) => name === file);
  if (!volume) return {};
  // Told of by the rule on formats; a guest may have written the size that such a header says.
  if (isOfOtherFormat(role, volume)) return {};
  const { capacity } = volume;
  if (wanted < capacity) {
    given.report('RG271', {
      ...place,
      expected: `at least ${formatSize(capacity)}, which ${file} has`,
      found: formatSize(size),
    });
  }
  if (wanted <= capacity) return {};
  given.report('RG270', {
    ...place,
    expected: `${formatSize(wanted)}, as the code says`,
    found: formatSize(capacity),
  });
  return { size: { before: capacity, after: wanted } };
}

/** What the code alone tells, where libvirt was not asked. */
function judgeDeclared(
  given: Case,
  place: { address: string; pool: string; clone: string },
  size: number,
  before: number | undefined,
): void {
  if (before === undefined || before === size) return;
  given.report(size > before ? 'RG272' : 'RG273', {
    ...place,
    expected: `${formatSize(before)}, as the code said before`,
    found: formatSize(size),
  });
}

/**
 * Whether libvirt takes a raw volume for one of another format: a storage pool probes its files, and what a guest
 * wrote to the first sectors of a raw volume is what it finds (libvirt, `virStorageSourceGetMetadata`).
 */
function isOfOtherFormat({ format }: DataRole, volume: VolumeFact): boolean {
  return format === 'raw' && volume.format !== undefined && volume.format !== 'raw';
}
