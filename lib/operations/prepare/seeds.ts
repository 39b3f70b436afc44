import { rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import { QemuImg } from '../../tools/qemu-img';
import type { Volumes } from '../../tools/volumes';
import type { Context } from '../context';
import type { PlannedVolume } from './request';

/**
 * Refuses seeds that would replace a file which is not of the preparation that goes on, or that have no room.
 *
 * @param own the files that this preparation has begun to write before
 * @throws UserError with the file
 */
export async function refuseSeeds(
  volumes: readonly PlannedVolume[],
  own: readonly string[],
  { folder, env }: Pick<Context, 'folder' | 'env'>,
): Promise<void> {
  const seeds = volumes.filter(({ seed }) => seed !== undefined);
  for (const { seed } of seeds) {
    const isThere = await stat(join(folder, seed!)).catch(() => undefined);
    if (isThere && !own.includes(seed!))
      throw new UserError(
        `${join(folder, seed!)} is there already, and would be the seed of a data volume: move it away, or choose another name`,
      );
  }
  // A raw one is there twice while it is converted.
  const needed = seeds.reduce(
    (sum, { bytes, size, format }) => sum + bytes + (format === 'raw' ? size : 0),
    0,
  );
  const { bavail, bsize } = await statfs(folder);
  if (needed > bavail * bsize)
    throw new UserError(
      `${folder} has ${bavail * bsize} bytes free, and the seeds of the data volumes may take ${needed}: make room first, or leave out --with-data`,
    );
  if (seeds.some(({ format }) => format === 'raw')) await new QemuImg({ env }).find();
}

/**
 * Brings the content of a data volume into the project, as a qcow2 file that stands on nothing; it is there whole or
 * not at all.
 *
 * A raw volume is fetched byte by byte and converted here: libvirt takes its first bytes, which the guest writes, for
 * what they pretend to be, and would copy what they name.
 *
 * @throws UserError with libvirt's or QEMU's words
 */
export async function fetchSeed(
  volumes: Volumes,
  { from, seed, format }: PlannedVolume,
  { folder, env }: Pick<Context, 'folder' | 'env'>,
): Promise<void> {
  const target = join(folder, seed!);
  const part = `${target}.part`;
  const raw = `${target}.raw`;
  try {
    if (format === 'raw') {
      await volumes.download(from!, raw);
      await new QemuImg({ env }).convert({ file: raw, format: 'raw' }, { file: part, format: 'qcow2' });
    } else {
      // It is as readable as any file of the project.
      await writeFile(part, '');
      await volumes.download(from!, part);
    }
    await rename(part, target);
  } finally {
    await Promise.all([part, raw].map((file) => rm(file, { force: true })));
  }
}
