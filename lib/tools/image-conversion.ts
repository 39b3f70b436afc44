import { UserError } from '../model/user-error';
import type { Surroundings } from './process';
import { run } from './process';

/**
 * Writes a raw local file as a qcow2 one. Its format is said, so that what a guest has put into its first bytes stays
 * content (`qemu-img convert -f raw`).
 *
 * @throws UserError with QEMU's words, or when there is no qemu-img
 */
export async function convertRaw(from: string, to: string, surroundings: Surroundings): Promise<void> {
  const { exitCode, stderr } = await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', from, to], {
    ...surroundings,
    missing: 'install it (in Debian: apt-get install qemu-utils)',
  });
  if (exitCode !== 0) throw new UserError(stderr.trim().split('\n')[0]!);
}

/**
 * Finds out that {@link convertRaw} can be used.
 *
 * @throws UserError when there is no qemu-img
 */
export async function mustConvert(surroundings: Surroundings): Promise<void> {
  await run('qemu-img', ['--version'], {
    ...surroundings,
    missing: 'raw data volumes are converted with it, install it (in Debian: apt-get install qemu-utils)',
  });
}
