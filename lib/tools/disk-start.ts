import { inflateRawSync } from 'node:zlib';
import type { ImageFormat } from '../model/volume-type';

/** Reads a part of a file; shorter where the file ends. */
export type ReadBytes = (offset: number, length: number) => Promise<Buffer>;

const MAGIC = 0x514649fb;
const OFFSET = 0x00fffffffffffe00n;
const COMPRESSED = 1n << 62n;
const ZERO = 1n;
/** Backing files, external data, encryption by a header of LUKS: what is not read here. */
const INCOMPATIBLE = 0x4n;

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
  const header = await read(0, 112);
  if (header.length < 72 || header.readUInt32BE(0) !== MAGIC) return undefined;
  const isV3 = header.readUInt32BE(4) >= 3;
  const features = isV3 && header.length >= 80 ? header.readBigUInt64BE(72) : 0n;
  const bits = header.readUInt32BE(20);
  const hasBacking = header.readBigUInt64BE(8) !== 0n;
  if (hasBacking || (features & INCOMPATIBLE) !== 0n || header.readUInt32BE(32) !== 0) return undefined;
  const clusterSize = 2 ** bits;
  // Extended L2 entries (bit 4) and zstd (bit 3) are rare in images, clusters below 64 KiB as well.
  if ((features & 0x18n) !== 0n || bits < 9 || bits > 21) return undefined;
  const [l1] = await entries(read, Number(header.readBigUInt64BE(40)), 1);
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
