import { copyFile, constants, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFormat } from '../../model/volume-type';
import { fileDigest } from '../../tools/file-digest';
import { QemuImg } from '../../tools/qemu-img';
import type { Context } from '../context';

/** A file that becomes a volume, byte for byte. */
export interface Prepared {
  readonly file: string;
  readonly sha256: string;
}

/** A flat qcow2 file and what its volume has to be. */
export interface Unprepared {
  readonly from: string;
  /** Virtual sizes in bytes, of the file and of the volume. */
  readonly fileSize: number;
  readonly size: number;
  readonly format: ImageFormat;
  /** A private folder. */
  readonly work: string;
}

/**
 * Makes of a flat qcow2 file what its volume is to be: of the volume's size and format.
 *
 * It is done here and not on the host, so that the digest of the whole is known before anything is changed.
 *
 * @throws UserError with the words of qemu-img
 */
export async function prepareImage(
  { from, fileSize, size, format, work }: Unprepared,
  context: Context,
): Promise<Prepared> {
  const qemuImg = new QemuImg(context);
  let file = from;
  if (format === 'raw') {
    file = join(work, 'image.raw');
    context.progress(`make ${from} raw`);
    await qemuImg.convert({ file: from, format: 'qcow2' }, { file, format });
    await truncate(file, size);
  } else if (fileSize < size) {
    file = join(work, 'image.qcow2');
    context.progress(`make ${from} larger`);
    await copyFile(from, file, constants.COPYFILE_FICLONE);
    await qemuImg.grow({ file, format }, size);
  }
  context.progress('compute the digest');
  return { file, sha256: await fileDigest(file) };
}
