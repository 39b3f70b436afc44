import { posix } from 'node:path';
import { imageDigest } from '../../images/image-digest';
import { BASE_MODE } from '../../model/prepared-base';
import { UserError } from '../../model/user-error';
import type { Configuration } from '../configuration';
import { isHalfMade, makeWhole } from '../host/half-made';
import { dependentsOn } from './dependents';

/**
 * Puts an image into the storage pool as a base volume, byte for byte and read-only; one that is there whole already,
 * from a run that broke off later, is taken as it is.
 *
 * @throws UserError when a file of that name is there that is another one, or libvirt does not do it
 */
export async function uploadBase(
  volume: string,
  image: string,
  path: string,
  configuration: Configuration,
): Promise<'uploaded' | 'found'> {
  const { listing, volumes } = configuration;
  const file = posix.basename(path);
  const present = (await listing.read()).volumes.has(path);
  const halfMade = await isHalfMade(file, configuration);
  if (present && !halfMade) {
    await refuseOther(volume, image, file, configuration);
    return 'found';
  }
  if (present) await refuseUsed(path, configuration);
  await makeWhole(file, configuration, async () => {
    if (present) await volumes.delete(file);
    await volumes.upload(file, image, BASE_MODE);
  });
  return 'uploaded';
}

async function refuseOther(
  volume: string,
  image: string,
  file: string,
  { volumes, digests }: Configuration,
): Promise<void> {
  const [wanted, found] = await Promise.all([imageDigest(image), digests(() => volumes.digest(file))]);
  if (wanted === found) return;
  throw new UserError(
    `volume ${volume}: storage pool ${volumes.pool} has a file ${file} already (SHA-256 ${found}), which is not ${image} (${wanted ?? 'it is gone'}): choose another name for the base, or import that base (terraform import)`,
  );
}

async function refuseUsed(path: string, configuration: Configuration): Promise<void> {
  const { volumes, machines, unknown } = await dependentsOn([path], configuration);
  const standing = [...volumes, ...machines.map((name) => `machine ${name}`), ...unknown];
  if (standing.length === 0) return;
  throw new UserError(
    `${path} was not uploaded to its end, and ${standing.join('; ')} stands on it: move that to another base or delete it, then apply again`,
  );
}
