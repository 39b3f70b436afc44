import { posix } from 'node:path';
import { imageDigest } from '../../images/image-digest';
import { imageProblems, readImageHeader } from '../../images/image-file';
import { formatSize, wholeSectors } from '../../model/size';
import { errorAt, volumePath } from '../diagnostics';
import type { HostListing } from '../host/host-listing';
import type { Diagnostic } from '../protocol/provider';
import type { BaseState, BaseVolumeState } from './base-state';

/** A volume with its size, or what is wrong with where its content comes from. */
export interface Sized {
  readonly size: number | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The size of a volume that is to be made, from the header of its local image or from the volume that is there. */
export async function sizeOf(
  name: string,
  volume: BaseVolumeState,
  listing: HostListing,
  folder: string,
): Promise<Sized> {
  const { image, existing, format, size } = volume;
  if (image !== null) return sizeOfImage(name, { image, format, size });
  if (existing === null) return { size, diagnostics: [] };
  const path = posix.join(folder, existing);
  const listed = (await listing.facts([path])).get(path);
  if (listed === undefined)
    return refused(
      name,
      'existing',
      `volume ${name}: the storage pool (${folder}) has no volume ${existing}: expected one that is there; see "virsh vol-list"`,
    );
  if (format === 'qcow2' && listed.format !== 'qcow2')
    return refused(
      name,
      'format',
      `volume ${name}: ${existing} is ${listed.format} to libvirt, not qcow2: say format = "raw" if it is a plain disk`,
    );
  return { size: size ?? listed.capacity, diagnostics: [] };
}

function sizeOfImage(
  name: string,
  { image, format, size }: { image: string; format: BaseVolumeState['format']; size: number | null },
): Sized {
  const header = readImageHeader(image, format);
  if (header.kind === 'missing')
    return refused(
      name,
      'image',
      `volume ${name}: there is no image ${image} on this machine: expected the path of a file; Terraform looks from its working folder on`,
    );
  const [problem] = imageProblems(`volume ${name}`, image, format, header);
  if (problem !== undefined || header.kind !== 'read')
    return refused(name, 'image', problem ?? `volume ${name}: image ${image} cannot be read`);
  const own = format === 'raw' ? wholeSectors(header.virtualSize) : header.virtualSize;
  if (size !== null && size < own)
    return refused(
      name,
      'size',
      `volume ${name}: size is ${formatSize(size)}, less than the ${formatSize(own)} of its image ${image}: leave it out, or make it larger`,
    );
  return { size: size ?? own, diagnostics: [] };
}

/** Compares the images of a base with the digests that the configuration says, those of seeds included. */
export async function digestProblems({ volumes }: Pick<BaseState, 'volumes'>): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const [name, { image, sha256 }] of Object.entries(volumes)) {
    if (image === null || sha256 === null) continue;
    const digest = await imageDigest(image);
    if (digest !== undefined && digest !== sha256)
      found.push(
        errorAt(
          `volume ${name}: the SHA-256 of ${image} is ${digest}, expected ${sha256}: get the image again, or say the digest of this one`,
          volumePath(name, 'sha256'),
        ),
      );
  }
  return found;
}

function refused(name: string, attribute: string, summary: string): Sized {
  return { size: null, diagnostics: [errorAt(summary, volumePath(name, attribute))] };
}
