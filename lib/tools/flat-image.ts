import { UserError } from '../model/user-error';
import type { Surroundings } from './process';
import { QemuImg } from './qemu-img';

/**
 * The virtual size in bytes of a qcow2 file on this machine that stands for itself.
 *
 * Its format is said and never probed, and no other file is opened for it: neither a backing file nor an external data
 * file, which a header made by somebody else may name.
 *
 * @throws UserError when it is not qcow2, refers to another file, is encrypted or is damaged
 */
export async function flatImageSize(file: string, surroundings: Surroundings): Promise<number> {
  const qemuImg = new QemuImg(surroundings);
  const found = await qemuImg.info(file, 'qcow2');
  if ('error' in found)
    throw new UserError(`${file} cannot be read as qcow2 (${found.error}): expected a flat qcow2 file`);
  const { backingFile, dataFile, encrypted, corrupt, virtualSize } = found.info;
  const wrong = [
    ...(backingFile === undefined ? [] : [`has the backing file ${backingFile}`]),
    ...(dataFile === undefined ? [] : [`has its data in another file, ${dataFile}`]),
    ...(encrypted ? ['is encrypted'] : []),
    ...(corrupt ? ['is marked as corrupt'] : []),
  ][0];
  if (wrong !== undefined)
    throw new UserError(`${file} ${wrong}: expected a flat qcow2 file, make one with qemu-img convert`);
  const damage = await qemuImg.damage(file, 'qcow2');
  if (damage !== undefined)
    throw new UserError(`${file} is damaged (qemu-img check: ${damage}): take another copy`);
  return virtualSize;
}
