import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError } from '../model/user-error';
import { parsePlan, ReviewError } from '../review';

/** The most that is read of a plan's JSON; one of 100 clones has some 50 MB at most. */
export const MAX_PLAN_BYTES = 128 * 2 ** 20;

/**
 * Reads a plan's JSON from a file; what cannot be one is noticed at its first bytes.
 *
 * @throws UserError when it cannot be read or is too large
 * @throws ReviewError when it is no JSON object
 */
export async function readPlanFile(file: string, folder: string): Promise<string> {
  const path = resolve(folder, file);
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`,
    );
  });
  if (there.isDirectory()) {
    throw new UserError(
      'a folder, expected the output of: terraform show -json PLANFILE (for a bundle: regraft show)',
    );
  }
  return readPlanStream(createReadStream(path), there.size);
}

/**
 * Reads a plan's JSON from a stream, see {@link readPlanFile}.
 *
 * @throws UserError when it cannot be read or is too large
 * @throws ReviewError when it is no JSON object
 */
export async function readPlanStream(stream: Readable, size = 0): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let sniffed = false;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (!sniffed) sniffed = sniff(chunk);
      if (Math.max(bytes, size) > MAX_PLAN_BYTES) throw tooLarge(Math.max(bytes, size));
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(`it cannot be read (${String(error.code)})`);
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

/** Refuses what does not begin as a JSON object does; says whether there was enough to see. */
function sniff(chunk: Buffer): boolean {
  const head = chunk
    .subarray(0, 4096)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (head === '') return false;
  if (head.startsWith('{')) return true;
  if (head.startsWith('PK')) parsePlan(head);
  throw head.startsWith('[')
    ? new ReviewError(
        'not-a-plan',
        'JSON of another tool (a list), expected the output of: terraform show -json PLANFILE',
      )
    : new ReviewError('not-json', 'not JSON, expected the output of: terraform show -json PLANFILE');
}

function tooLarge(bytes: number): UserError {
  const size = `${Math.ceil(bytes / 2 ** 20)} MiB`;
  return new UserError(
    `it has ${size} or more, a plan of a stack has ${MAX_PLAN_BYTES / 2 ** 20} MiB at most: expected the output of terraform show -json PLANFILE`,
  );
}
