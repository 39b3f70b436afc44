import { mkdirSync, statSync } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import lockfile from 'proper-lockfile';
import { noteDigest } from '../images/digest-cache';
import { imageDigest } from '../images/image-digest';
import { readImageHeader } from '../images/image-file';
import { maskedUri } from '../model/manifest';
import { digestIn } from '../model/sha256sums';
import { UserError } from '../model/user-error';
import { download, dropPart } from '../tools/download';
import { httpUrl, request } from '../tools/http';
import type { Context } from './context';

/** Which image is fetched, and what it has to be. */
export interface FetchRequest {
  readonly url: string;
  /** Its SHA-256, in hex. */
  readonly sha256?: string;
  /** The URL of a sums file that has it; relative to the image's. */
  readonly sha256sums?: string;
  /** Where it is put. @default `images/NAME` */
  readonly output?: string;
  /** Told how many bytes are there, of how many where the server says it. */
  readonly onBytes?: (read: number, of?: number) => void;
}

/** An image that is there, and is what it has to be. */
export interface FetchedImage {
  /** Its path, relative to the project's folder where it is in it. */
  readonly path: string;
  readonly sha256: string;
  /** Whether it was there before. */
  readonly wasThere: boolean;
  /** What a `Volume` says of it in TypeScript. */
  readonly line: string;
  /** What is to be done before it can be a base. */
  readonly advice?: string;
}

/** The folder of images in a project. */
const IMAGES = 'images';

/** The longest sums file that is read, in bytes. */
const MOST_SUMS = 4 * 2 ** 20;

/**
 * Fetches an image, goes on where an earlier run broke off, and puts it in its place once it is what it has to be.
 *
 * @throws UserError when it cannot be fetched, or is another: then it is deleted
 */
export async function fetchImage(asked: FetchRequest, context: Context): Promise<FetchedImage> {
  const output = placeOf(asked, context);
  const sha256 = await expectedOf(asked, context);
  mkdirSync(dirname(output), { recursive: true });
  const part = `${output}.part`;
  const release = await lockfile
    .lock(part, { realpath: false, stale: 10_000, update: 2000 })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ELOCKED') throw error;
      throw new UserError(`${output} is being fetched by another regraft: wait until it has ended`);
    });
  try {
    const there = await digestOf(output, context);
    if (there === undefined) await fetchInto(output, part, sha256, asked, context);
    else if (there !== sha256)
      throw new UserError(
        `${output} is there already, with SHA-256 ${there}, expected ${sha256}: move it away, or say another --output`,
      );
    return resultOf(output, sha256, there !== undefined, context);
  } finally {
    await release().catch(() => undefined);
  }
}

async function fetchInto(
  output: string,
  part: string,
  sha256: string,
  asked: FetchRequest,
  context: Context,
): Promise<void> {
  const { url, onBytes } = asked;
  const job = {
    url,
    part,
    ...(onBytes ? { onBytes } : {}),
    ...(context.signal ? { signal: context.signal } : {}),
  };
  for (;;) {
    const { resumed } = await download(job);
    context.progress('SHA-256');
    const found = await digestOf(part, context);
    if (found === sha256) break;
    await dropPart(part);
    const words = `${maskedUri(url)} has SHA-256 ${found}, expected ${sha256}`;
    if (!resumed)
      throw new UserError(
        `${words}: what was fetched was deleted; look up the right digest, or whether the image was replaced by a newer one`,
      );
    context.notice(`${words}: its beginning is of an earlier run, so it is fetched once more from there`);
  }
  await rename(part, output);
  await dropPart(part);
  noteDigest(output, statSync(output, { bigint: true }), sha256, context.env);
}

/** Where the image goes; a folder takes it under its own name. */
function placeOf({ url, output }: FetchRequest, { folder }: Context): string {
  const name = nameIn(httpUrl(url));
  const isFolder =
    output !== undefined && statSync(resolve(folder, output), { throwIfNoEntry: false })?.isDirectory();
  if (output !== undefined && !isFolder) return resolve(folder, output);
  if (name === undefined)
    throw new UserError(`${maskedUri(url)} ends in no file name: say one with --output ${IMAGES}/NAME.qcow2`);
  return resolve(folder, output ?? IMAGES, name);
}

function nameIn({ pathname }: URL): string | undefined {
  try {
    const name = decodeURIComponent(pathname.split('/').at(-1)!);
    return /^[\w][\w.+~@=, -]*$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

async function expectedOf(
  { url, sha256, sha256sums }: FetchRequest,
  { signal, notice, progress }: Context,
): Promise<string> {
  if (sha256 !== undefined && sha256sums !== undefined)
    throw new UserError('--sha256 and --sha256sums are given: say one of them');
  if (sha256 !== undefined) {
    if (/^[0-9a-f]{64}$/i.test(sha256)) return sha256.toLowerCase();
    throw new UserError(
      `--sha256 is ${JSON.stringify(sha256)}, expected 64 hexadecimal digits as "sha256sum IMAGE" prints them`,
    );
  }
  if (sha256sums === undefined)
    throw new UserError(
      `nothing says what ${maskedUri(url)} has to be: give --sha256 DIGEST, or --sha256sums URL of the SHA256SUMS beside it`,
    );
  const sums = httpUrl(URL.canParse(sha256sums, url) ? new URL(sha256sums, url).href : sha256sums);
  if (sums.protocol === 'http:')
    notice(
      `${maskedUri(sums.href)} is not behind https: whoever is on the way can change it and the image alike`,
    );
  progress('sums file');
  const name = basename(httpUrl(url).pathname);
  const found = digestIn(await textOf(sums.href, signal), decodeURIComponent(name));
  if (found !== undefined) return found;
  throw new UserError(
    `${maskedUri(sums.href)} has no SHA-256 of ${name}, or more than one: name the sums file that belongs to the image, or give --sha256`,
  );
}

async function textOf(url: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const response = await request(url, {}, signal);
    if (response.status !== 200)
      throw new UserError(`${maskedUri(url)} cannot be fetched: the server answers ${response.status}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body!) {
      length += part.length;
      if (length > MOST_SUMS)
        throw new UserError(`${maskedUri(url)} is no sums file: it is too long for one`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    throw new UserError(`the sums file cannot be fetched: ${(error as Error).message}`);
  }
}

async function digestOf(path: string, { env, signal }: Context): Promise<string | undefined> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new UserError(`${path} is a folder, expected a file: say another --output`);
  return imageDigest(path, { env, ...(signal ? { signal } : {}) });
}

function resultOf(output: string, sha256: string, wasThere: boolean, { folder }: Context): FetchedImage {
  const inside = relative(folder, output);
  const path = inside.startsWith('..') || isAbsolute(inside) ? output : inside;
  const header = readImageHeader(output, 'qcow2');
  const claims = header.kind === 'read' ? header.claims : 'unknown';
  const format = claims === 'unknown' ? ", format: 'raw'" : '';
  const line = `image: '${path.replace(/['\\]/g, '\\$&')}'${format}, sha256: '${sha256}'`;
  const advice = adviceOn(path, claims);
  return { path, sha256, wasThere, line, ...(advice === undefined ? {} : { advice }) };
}

function adviceOn(path: string, claims: string): string | undefined {
  const [, packed] = /\.(xz|gz|bz2|zst|zip)$/.exec(path) ?? [];
  if (packed !== undefined) return `it is packed (.${packed}): unpack it before it is a base`;
  if (claims === 'qcow2' || claims === 'unknown') return undefined;
  const target = join(dirname(path), `${basename(path).replace(/\.\w+$/, '')}.qcow2`);
  return `it is ${claims}, not qcow2: convert it with "qemu-img convert -f ${claims} -O qcow2 ${path} ${target}"`;
}
