import { inflateRawSync } from 'node:zlib';
import { parseQcow2Header } from '../model/qcow2-header';
import type { ImageFormat } from '../model/volume-type';

/** Reads a part of a file; shorter where the file ends. */
export type ReadBytes = (offset: number, length: number) => Promise<Buffer>;

const OFFSET = 0x00fffffffffffe00n;
const COMPRESSED = 1n << 62n;
const ZERO = 1n;
/** Extended L2 entries (bit 4) and zstd (bit 3), which are rare in images. */
const UNREAD = 0x18n;

/**
 * The first bytes of a disk as a guest sees them, out of its file (qcow2: QEMU, docs/interop/qcow2.txt); `undefined`
 * when they cannot be told: an overlay, encrypted, compressed otherwise than by deflate, cut off.
 */
export async function diskStart(
  read: ReadBytes,
  format: ImageFormat,
  length: number,
): Promise<Buffer | undefined> {
  if (format === 'raw') return read(0, length);
  const header = parseQcow2Header(await read(0, 112));
  if (!header || header.hasBackingFile || header.externalData || header.encrypted) return undefined;
  const { clusterBits: bits, incompatible, firstTable } = header;
  // Clusters below 64 KiB are rare as well.
  if ((incompatible & UNREAD) !== 0n || bits < 9 || bits > 21) return undefined;
  const clusterSize = 2 ** bits;
  const [l1] = await entries(read, firstTable.offset, 1);
  if (l1 === undefined) return undefined;
  const wanted = Math.ceil(length / clusterSize);
  const l2 = (l1 & OFFSET) === 0n ? [] : await entries(read, Number(l1 & OFFSET), wanted);
  const parts: Buffer[] = [];
  for (let index = 0; index < wanted; index++) {
    const part = await cluster(read, l2[index] ?? 0n, bits);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).subarray(0, length);
}

async function entries(read: ReadBytes, offset: number, count: number): Promise<bigint[]> {
  const bytes = await read(offset, count * 8);
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) => bytes.readBigUInt64BE(index * 8));
}

async function cluster(read: ReadBytes, entry: bigint, bits: number): Promise<Buffer | undefined> {
  const size = 2 ** bits;
  if ((entry & COMPRESSED) !== 0n) return compressed(read, entry, bits);
  if ((entry & ZERO) !== 0n || (entry & OFFSET) === 0n) return Buffer.alloc(size);
  const bytes = await read(Number(entry & OFFSET), size);
  return bytes.length === size ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}

async function compressed(read: ReadBytes, entry: bigint, bits: number): Promise<Buffer | undefined> {
  const offsetBits = BigInt(62 - (bits - 8));
  const offset = Number(entry & ((1n << offsetBits) - 1n));
  const sectors = Number((entry >> offsetBits) & ((1n << BigInt(bits - 8)) - 1n)) + 1;
  const bytes = await read(offset, sectors * 512 - (offset % 512));
  try {
    return inflateRawSync(bytes, { maxOutputLength: 2 ** bits });
  } catch {
    return undefined;
  }
}
