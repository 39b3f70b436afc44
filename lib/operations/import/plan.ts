import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cloneKey, isOver } from '../../model/run-record';
import { formatSize, roundedSize, wholeSectors } from '../../model/size';
import { UserError } from '../../model/user-error';
import { fileDigest } from '../../tools/file-digest';
import { flatImageSize } from '../../tools/flat-image';
import { Virsh } from '../../tools/virsh';
import type { Context } from '../context';
import type { DataVolumeChoice, FoundDataVolume } from '../data-volume';
import { factsOf, findDataVolume, refuseInUse } from '../data-volume';
import { unfinishedRun } from '../rollout/run';
import type { Prepared } from './prepare';
import { prepareImage } from './prepare';

/** What `regraft import` is asked for. */
export interface ImportRequest extends DataVolumeChoice {
  /** A flat qcow2 file of this machine, relative to the project. */
  readonly from: string;
  /** The SHA-256 that it has to have. @default the one in FILE.sha256, where there is such a file */
  readonly sha256?: string;
  /** Whether content that is there is replaced; it is kept under another name. */
  readonly replace: boolean;
}

/** What an import is going to do. */
export interface ImportPlan {
  readonly data: FoundDataVolume;
  readonly from: string;
  /** The file that becomes the volume, byte for byte. */
  readonly image: Prepared;
  /** The virtual size of the file, and that of the volume, in bytes. */
  readonly size: { readonly file: number; readonly volume: number };
  /** Whether the volume has the file's content already. */
  readonly isThere: boolean;
  /** The name that what is there is kept under; left out when nothing was ever written to it. */
  readonly keep?: string;
}

/**
 * Looks at a file and at the data volume that it is to become; nothing is changed.
 *
 * @param work a private folder for what has to be made of the file first
 * @throws UserError when the file is not what it has to be, does not fit, or would replace content unasked
 */
export async function planImport(
  request: ImportRequest,
  work: string,
  context: Context,
): Promise<ImportPlan> {
  const from = resolve(context.folder, request.from);
  await refuseWrongDigest(from, request, context);
  const fileSize = await flatImageSize(from, context);
  const data = await findDataVolume(request, context);
  await refuseUnderWay(data, context);
  await refuseInUse(data, context);
  const facts = await factsOf(data);
  const isRaw = data.role.format === 'raw';
  // What a guest has written to a raw volume may look like another format, with whatever size that says.
  const declared = wholeSectors(data.role.size ?? fileSize);
  const size = isRaw && facts.format !== 'raw' ? declared : Math.max(declared, facts.capacity);
  if (fileSize > size) {
    throw new UserError(
      `${from} has ${formatSize(fileSize)}, and data volume ${data.role.volume} of ${data.role.clone} has ${formatSize(size)}: a volume is never shrunk, say size: '${formatSize(fileSize)}' in the code and apply it first`,
    );
  }
  const image = await prepareImage({ from, size, fileSize, format: isRaw ? 'raw' : 'qcow2', work }, context);
  context.progress(`compare with ${data.file}`);
  const isThere = (await data.volumes.digest(data.file)) === image.sha256;
  const isBlank = !isThere && !isRaw && (await data.volumes.isBlank(data.file));
  if (!isThere && !isBlank && !request.replace) {
    throw new UserError(
      `data volume ${data.role.volume} of ${data.role.clone} (${data.file}) has content: import with --replace, which keeps it under another name`,
    );
  }
  await refuseNoRoom(data, image.file, context);
  const keep = isThere || isBlank ? {} : { keep: keptName(data.file) };
  return { data, from, image, size: { file: fileSize, volume: size }, isThere, ...keep };
}

async function refuseWrongDigest(from: string, { sha256 }: ImportRequest, context: Context): Promise<void> {
  await stat(from).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${from} cannot be read (${error.code}): name a file of regraft export with --from`);
  });
  const beside = `${from}.sha256`;
  const expected = sha256 ?? (await digestIn(beside));
  if (expected === undefined) return;
  context.progress(`check ${from}`);
  const found = await fileDigest(from);
  if (found !== expected.toLowerCase()) {
    throw new UserError(
      `${from} has SHA-256 ${found}, expected ${expected} (${sha256 === undefined ? beside : '--sha256'}): take another copy of it`,
    );
  }
}

/** The digest in a file as `sha256sum` writes it; `undefined` when there is none. */
async function digestIn(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const digest = /^\\?([0-9a-f]{64})\b/i.exec(text)?.[1];
  if (digest !== undefined) return digest;
  throw new UserError(`${file} holds no SHA-256: remove it, or give the digest with --sha256`);
}

/** A run that has stopped halfway compares the data with what it was before: to change it now would hide a loss. */
async function refuseUnderWay({ stack, role }: FoundDataVolume, { folder }: Context): Promise<void> {
  const run = await unfinishedRun(folder, stack);
  const clone = run?.clone(cloneKey(role.pool, role.clone));
  if (!run || !clone || clone.phase === 'waiting' || isOver(clone.phase)) return;
  throw new UserError(
    `run ${run.record.id} has stopped while clone ${role.clone} was under way: go on with regraft apply first`,
  );
}

async function refuseNoRoom(
  { uri, storage }: FoundDataVolume,
  file: string,
  context: Context,
): Promise<void> {
  const [pool, { size }] = await Promise.all([new Virsh(uri, context).storagePool(storage), stat(file)]);
  if (pool && pool.available < size)
    throw new UserError(
      `there are ${roundedSize(pool.available)} free in storage pool ${storage}, and the file takes ${roundedSize(size)}: make room first`,
    );
}

function keptName(file: string): string {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  return file.replace(/\.qcow2$/, '') + `.${time}.bak.qcow2`;
}

/** The path of a file beside a volume. */
export function besideVolume({ path }: FoundDataVolume, name: string): string {
  return join(dirname(path), name);
}
