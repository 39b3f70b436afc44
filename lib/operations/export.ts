import { existsSync } from 'node:fs';
import { rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { roundedSize } from '../model/size';
import { UserError } from '../model/user-error';
import { fileDigest } from '../tools/file-digest';
import { flatImageSize } from '../tools/flat-image';
import { QemuImg } from '../tools/qemu-img';
import type { Context } from './context';
import type { DataVolumeChoice, FoundDataVolume } from './data-volume';
import { factsOf, findDataVolume, refuseInUse } from './data-volume';

/** What `regraft export` is asked for. */
export interface ExportRequest extends DataVolumeChoice {
  /** The file that is written, relative to the project. */
  readonly to: string;
  /** Whether a file that is there is replaced. */
  readonly force: boolean;
}

/** A copy of a data volume. */
export interface Exported {
  readonly clone: string;
  readonly volume: string;
  readonly file: string;
  readonly sha256: string;
  /** The virtual size in bytes. */
  readonly size: number;
}

/**
 * Copies a data volume at rest into a flat qcow2 file of this machine, with its SHA-256 beside it as `sha256sum`
 * writes it; the file is there in full or not at all.
 *
 * @throws UserError when the volume is in use or changes meanwhile, or when the file cannot be written
 */
export async function exportVolume(request: ExportRequest, context: Context): Promise<Exported> {
  const target = resolve(context.folder, request.to);
  if (existsSync(target) && !request.force)
    throw new UserError(`${target} is there already: choose another file, or replace it with --force`);
  const data = await findDataVolume(request, context);
  const before = await restOf(data, context);
  await refuseNoRoom(target, before.allocation);
  const part = `${target}.part`;
  try {
    context.progress(`read ${data.file}`);
    await rm(part, { force: true });
    await copyTo(part, data, context);
    const size = await flatImageSize(part, context);
    const after = await restOf(data, context);
    if (after.modified !== before.modified)
      throw new UserError(`${data.file} was written to while it was read: export it again`);
    context.progress('compute the digest');
    const sha256 = await fileDigest(part);
    await writeFileAtomic(`${target}.sha256`, `${sha256}  ${basename(target)}\n`);
    await rename(part, target);
    return { clone: data.role.clone, volume: data.role.volume, file: target, sha256, size };
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw systemErrorOf(error, target);
  }
}

async function restOf(data: FoundDataVolume, context: Context): ReturnType<typeof factsOf> {
  await refuseInUse(data, context);
  return factsOf(data);
}

/** The bytes as they are; those of a raw volume, which its guest has written, are read as raw whatever they look like. */
async function copyTo(
  part: string,
  { role, volumes, file }: FoundDataVolume,
  context: Context,
): Promise<void> {
  if (role.format !== 'raw') return volumes.download(file, part);
  const raw = `${part}.raw`;
  try {
    await volumes.download(file, raw);
    await new QemuImg(context).convert({ file: raw, format: 'raw' }, { file: part, format: 'qcow2' });
  } finally {
    await rm(raw, { force: true });
  }
}

async function refuseNoRoom(target: string, needed: number): Promise<void> {
  const folder = dirname(target);
  const { bavail, bsize } = await statfs(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${folder} cannot be written to (${error.code}): choose another --to`);
  });
  if (bavail * bsize < needed)
    throw new UserError(
      `there are ${roundedSize(bavail * bsize)} free in ${folder}, and the copy takes ${roundedSize(needed)}: choose another --to`,
    );
}

function systemErrorOf(error: unknown, target: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || typeof code !== 'string') return error;
  return new UserError(`${target} cannot be written (${code}): choose another --to`);
}
