import { halfMadeFileOf, halfMadeNoteName } from '../../model/file-names';
import { whoAmI } from '../../operations/prepare/preparation';
import { UserError } from '../../model/user-error';
import type { Configuration } from '../configuration';
import type { Listing } from './facts';

/** A listing without the files that are not whole: nobody may take one for what it was to become. */
export function withoutHalfMade(listing: Listing): Listing {
  const halves: string[] = [];
  // Every clone's plan comes by here, and a fleet has thousands of volumes.
  for (const path of listing.volumes) {
    const half = halfMadeFileOf(path);
    if (half !== undefined) halves.push(half);
  }
  if (halves.length === 0) return listing;
  const volumes = new Set(listing.volumes);
  for (const path of halves) volumes.delete(path);
  return { ...listing, volumes };
}

/** Whether a file was being made when a run was broken off, or is being made by another one now. */
export async function isHalfMade(file: string, { listing, storage }: Configuration): Promise<boolean> {
  const { volumes } = await listing.read();
  return volumes.has(`${storage.path}/${halfMadeNoteName(file)}`);
}

/**
 * Makes a file that takes some time, with a note beside it for as long as it is not whole: an upload has no other sign
 * that it is, since libvirt sets the mode of a file that it uploads to before the first byte is there.
 *
 * @throws UserError when another user or machine is making it, and whatever `make` throws
 */
export async function makeWhole(
  file: string,
  configuration: Configuration,
  make: () => Promise<void>,
): Promise<void> {
  const { volumes, storagePool } = configuration;
  await storagePool.ensure();
  const note = halfMadeNoteName(file);
  if (await isHalfMade(file, configuration)) {
    const by = await volumes.noted(note);
    if (by !== '' && by !== whoAmI())
      throw new UserError(
        `${by} is making ${file}: when that has ended without a result, delete ${note} (virsh vol-delete --pool ${volumes.pool} ${note}), and try again`,
      );
  } else {
    await volumes.note(note, whoAmI());
  }
  await make();
  await volumes.delete(note);
}
