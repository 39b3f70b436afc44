import { createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pRetry from 'p-retry';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { jsonOf } from '../model/json';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import { httpUrl, lost, LostTransfer, request } from './http';

/** A file that is fetched into a part file, which a later run goes on with. */
export interface Download {
  readonly url: string;
  /** The part file; beside it, `PART.json` says what it is a part of. */
  readonly part: string;
  /** Told how many bytes are there, of how many where the server says it. */
  readonly onBytes?: (read: number, of?: number) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which a connection counts as lost. @default 60000 */
  readonly idle?: number;
}

/** Attempts that bring nothing; one that brings bytes does not count. */
const RETRIES = { retries: 5, minTimeout: 500, maxTimeout: 10_000 };

const note = z.object({
  url: z.string(),
  /** A strong ETag, else the time of the last change: by it a server tells whether the rest belongs to the part. */
  validator: z.string().optional(),
});

/**
 * Fetches a file; returns whether some of it was there from a run before.
 *
 * @throws UserError when the server does not have it, or when the connection is lost again and again; the part file stays
 */
export async function download(job: Download): Promise<{ readonly resumed: boolean }> {
  await mkdir(dirname(job.part), { recursive: true });
  const before = await haveOf(job);
  let have = before;
  let gained = false;
  let begun = false;
  const attempt = async (): Promise<void> => {
    try {
      await transfer(job, have);
    } catch (error) {
      job.signal?.throwIfAborted();
      const now = await haveOf(job);
      gained = now > have;
      begun ||= gained;
      have = now;
      throw error;
    }
  };
  try {
    await pRetry(attempt, {
      ...RETRIES,
      // What does not even begin is no matter of patience.
      shouldRetry: ({ error }) => error instanceof LostTransfer && begun,
      shouldConsumeRetry: () => !gained,
      ...(job.signal ? { signal: job.signal } : {}),
    });
  } catch (error) {
    job.signal?.throwIfAborted();
    if (!(error instanceof LostTransfer)) throw error;
    throw new UserError(
      begun || before > 0
        ? `the transfer broke off (${error.message}): run it again, it goes on where it was`
        : `there is no answer from ${error.message}: look at the URL and at the network, then run it again`,
    );
  }
  return { resumed: before > 0 };
}

/** Removes a part file and what is known of it. */
export async function dropPart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.json`, { force: true });
}

/** One connection: asks for what is missing, and takes what comes. */
async function transfer(job: Download, have: number): Promise<void> {
  const { url, part, onBytes, signal, idle = 60_000 } = job;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), idle);
  const either = AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await request(url, await headersFor(job, have), either);
    const { from, total, complete } = await answerOf(job, response, have);
    if (complete) return;
    await writeFileAtomic(`${part}.json`, JSON.stringify({ url: bare(url), ...validatorOf(response) }));
    let at = from;
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    body.on('data', (chunk: Buffer) => {
      timer.refresh();
      at += chunk.length;
      onBytes?.(at, total);
    });
    await pipeline(body, createWriteStream(part, from > 0 ? { flags: 'r+', start: from } : {}));
    if (total !== undefined && at < total)
      throw new LostTransfer(`${maskedUri(url)}: it ended at ${at} of ${total} bytes`);
    await flush(part);
  } catch (error) {
    signal?.throwIfAborted();
    if (silence.signal.aborted)
      throw new LostTransfer(`${maskedUri(url)}: nothing came for ${idle / 1000} s`);
    if (error instanceof UserError || error instanceof LostTransfer || isOfDisk(error)) throw error;
    throw lost(httpUrl(url), error);
  } finally {
    clearTimeout(timer);
  }
}

async function headersFor(job: Download, have: number): Promise<Record<string, string>> {
  // The digest is one of the file, not of a compressed transfer.
  const plain = { 'accept-encoding': 'identity' };
  if (have === 0) return plain;
  const validator = (await noteOf(job))?.validator;
  return { ...plain, range: `bytes=${have}-`, ...(validator === undefined ? {} : { 'if-range': validator }) };
}

/** Where what comes begins, and how long the whole is. */
async function answerOf(
  { url, part }: Download,
  response: Response,
  have: number,
): Promise<{ readonly from: number; readonly total?: number; readonly complete?: boolean }> {
  const { status, headers } = response;
  const range = headers.get('content-range') ?? '';
  if (status === 200) {
    const length = headers.get('content-length');
    return { from: 0, ...(length === null ? {} : { total: Number(length) }) };
  }
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(from) === have) return { from: have, ...(total === '*' ? {} : { total: Number(total) }) };
  }
  await response.body?.cancel();
  if (status === 416 && range === `bytes */${have}`) return { from: have, complete: true };
  if (status === 206 || status === 416) {
    await dropPart(part);
    throw new LostTransfer(`${maskedUri(url)}: it is another file by now, it is fetched from its beginning`);
  }
  throw new UserError(
    `${maskedUri(url)} cannot be fetched: the server answers ${status} ${response.statusText}`.trimEnd() +
      (status >= 500 || status === 429 ? ': run it again later' : ': name the right URL'),
  );
}

function validatorOf({ headers }: Response): { readonly validator?: string } {
  const etag = headers.get('etag');
  const validator = etag !== null && !etag.startsWith('W/') ? etag : headers.get('last-modified');
  return validator === null ? {} : { validator };
}

/** Bytes that are there of this very file. */
async function haveOf(job: Download): Promise<number> {
  const known = await noteOf(job);
  if (known?.url === bare(job.url)) return (await stat(job.part).catch(() => undefined))?.size ?? 0;
  await dropPart(job.part);
  return 0;
}

async function noteOf({ part }: Download): Promise<z.infer<typeof note> | undefined> {
  const text = await readFile(`${part}.json`, 'utf8').catch(() => '');
  return note.safeParse(jsonOf(text)).data;
}

/** A URL as it may be written down: a password in it stays out, and does not tell one file from another. */
function bare(url: string): string {
  const plain = httpUrl(url);
  plain.username = plain.password = plain.hash = '';
  return plain.href;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function isOfDisk(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'write' || syscall === 'open' || syscall === 'fsync';
}
