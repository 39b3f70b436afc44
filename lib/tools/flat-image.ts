import { UserError } from '../model/user-error';
import type { ImageFormat } from '../model/volume-type';
import type { Surroundings } from './process';
import { run } from './process';

const MISSING = 'install qemu-img (in Debian: apt-get install qemu-utils)';

interface ImageInfo {
  readonly 'virtual-size': number;
  readonly 'backing-filename'?: string;
  readonly encrypted?: boolean;
  readonly 'format-specific'?: {
    readonly data?: { readonly 'data-file'?: string; readonly corrupt?: boolean };
  };
}

/**
 * The virtual size in bytes of a qcow2 file on this machine that stands for itself.
 *
 * Its format is said and never probed, and no other file is opened for it: neither a backing file nor an external data
 * file, which a header made by somebody else may name.
 *
 * @throws UserError when it is not qcow2, refers to another file, is encrypted or is damaged
 */
export async function flatImageSize(file: string, surroundings: Surroundings): Promise<number> {
  const info = await infoOf(file, surroundings);
  const { 'data-file': dataFile, corrupt } = info['format-specific']?.data ?? {};
  const backing = info['backing-filename'];
  const wrong =
    backing !== undefined
      ? `has the backing file ${backing}`
      : dataFile !== undefined
        ? `has its data in another file, ${dataFile}`
        : info.encrypted === true
          ? 'is encrypted'
          : corrupt === true
            ? 'is marked as corrupt'
            : undefined;
  if (wrong !== undefined)
    throw new UserError(`${file} ${wrong}: expected a flat qcow2 file, make one with qemu-img convert`);
  const { exitCode, stdout, stderr } = await qemuImg(['check', '-f', 'qcow2', file], surroundings);
  // 3: clusters are leaked, which takes space and nothing else (qemu-img).
  if (exitCode !== 0 && exitCode !== 3)
    throw new UserError(`${file} is damaged (qemu-img check: ${words(stderr || stdout)}): take another copy`);
  return info['virtual-size'];
}

/**
 * Copies an image of a known format into another one that stands for itself.
 *
 * @throws UserError with the words of qemu-img
 */
export async function convertImage(
  from: { readonly file: string; readonly format: ImageFormat },
  to: { readonly file: string; readonly format: ImageFormat },
  surroundings: Surroundings,
): Promise<void> {
  await must(['convert', '-f', from.format, '-O', to.format, from.file, to.file], surroundings);
}

/**
 * Makes an image larger.
 *
 * @param size the new virtual size in bytes
 * @throws UserError with the words of qemu-img, also for a size that is smaller
 */
export async function growImage(
  file: string,
  format: ImageFormat,
  size: number,
  surroundings: Surroundings,
): Promise<void> {
  await must(['resize', '-q', '-f', format, file, String(size)], surroundings);
}

async function infoOf(file: string, surroundings: Surroundings): Promise<ImageInfo> {
  const { exitCode, stdout, stderr } = await qemuImg(
    ['info', '-f', 'qcow2', '--output=json', file],
    surroundings,
  );
  if (exitCode === 0) return JSON.parse(stdout) as ImageInfo;
  throw new UserError(`${file} cannot be read as qcow2 (${words(stderr)}): expected a flat qcow2 file`);
}

async function must(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const { exitCode, stderr } = await qemuImg(args, surroundings);
  if (exitCode !== 0) throw new UserError(`qemu-img ${args[0]} failed: ${words(stderr)}`);
}

function qemuImg(args: readonly string[], surroundings: Surroundings): ReturnType<typeof run> {
  return run('qemu-img', args, {
    ...surroundings,
    env: { ...surroundings.env, LC_ALL: 'C' },
    missing: MISSING,
  });
}

function words(text: string): string {
  const found = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^qemu-img: /, '');
  return found === '' ? 'it said nothing' : found;
}
