import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { cachedDigest, noteDigest } from './digest-cache';

/** How a digest is computed. */
export interface DigestOptions {
  /** The environment that says where the cache is. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Told how many bytes were read of how many, when there is no cached digest. */
  readonly onBytes?: (read: number, of: number) => void;
  readonly signal?: AbortSignal;
}

const CHUNK = 2 ** 20;

/**
 * The SHA-256 of a local file, cached by its path, size, inode and times; `undefined` when it is not there.
 *
 * @throws Error of the file system when it cannot be read
 */
export async function imageDigest(
  path: string,
  { env = process.env, onBytes, signal }: DigestOptions = {},
): Promise<string | undefined> {
  const file = await open(path, 'r').catch(unlessMissing);
  if (file === undefined) return undefined;
  try {
    const place = realpathSync(path);
    const before = await file.stat({ bigint: true });
    const known = cachedDigest(place, before, env);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(CHUNK);
    let read = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(chunk, 0, CHUNK, read);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
      read += bytesRead;
      onBytes?.(read, Number(before.size));
    }
    const sha256 = hash.digest('hex');
    if (isSame(before, await file.stat({ bigint: true }))) noteDigest(place, before, sha256, env);
    return sha256;
  } finally {
    await file.close();
  }
}

/**
 * The same, for synthesis, which cannot wait.
 *
 * @throws Error of the file system when it cannot be read
 */
export function imageDigestSync(path: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return unlessMissing(error);
  }
  try {
    const place = realpathSync(path);
    const before = fstatSync(file, { bigint: true });
    const known = cachedDigest(place, before, env);
    if (known !== undefined) return known;
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(CHUNK);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk))
      hash.update(chunk.subarray(0, read));
    const sha256 = hash.digest('hex');
    if (isSame(before, fstatSync(file, { bigint: true }))) noteDigest(place, before, sha256, env);
    return sha256;
  } finally {
    closeSync(file);
  }
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}

/** A file that was written to meanwhile has no digest that would be good for later. */
function isSame(
  before: { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint },
  after: { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint },
): boolean {
  return before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;
}
