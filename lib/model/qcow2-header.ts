/** What the header of a qcow2 file says of it (QEMU, docs/interop/qcow2.txt). */
export interface Qcow2Header {
  readonly version: number;
  /** The size in bytes that a guest sees. */
  readonly virtualSize: number;
  /** A cluster has two to the power of this bytes. */
  readonly clusterBits: number;
  readonly hasBackingFile: boolean;
  /** The format that it fixes for its backing file; `null` when QEMU would have to guess it, left out when the bytes do not tell. */
  readonly backingFormat?: string | null;
  /** How many snapshots are inside of it. */
  readonly snapshots: number;
  readonly encrypted: boolean;
  /** Whether its data is in another file. */
  readonly externalData: boolean;
  /** Whether QEMU has marked it as corrupt. */
  readonly corrupt: boolean;
  /** The bits of what a reader has to know, the last two included. */
  readonly incompatible: bigint;
  /** Where its first-level table is, in bytes. */
  readonly firstTable: { readonly offset: number; readonly bytes: number };
}

/** Bytes of a qcow2 file in which the header and its extensions are, for every image that QEMU makes. */
export const QCOW2_EXTENSIONS = 4096;

/** The length of the part of a file that holds all of its header, whoever made it. */
export const QCOW2_HEADER_CLUSTER = 64 * 1024;

const MAGIC = 0x514649fb;
const BACKING_FORMAT = 0xe2792aca;
const CORRUPT = 0x2n;
const EXTERNAL_DATA_FILE = 0x4n;

/** Whether a file begins as qcow2, or as its forerunner qcow does. */
export function hasQcowMagic(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === MAGIC;
}

/** Reads the beginning of a file; `undefined` when it is no qcow2. */
export function parseQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < 72 || !hasQcowMagic(bytes)) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version < 2) return undefined;
  const isV3 = version >= 3;
  const incompatible = isV3 && bytes.length >= 80 ? bytes.readBigUInt64BE(72) : 0n;
  const format = extension(bytes, isV3 && bytes.length >= 104 ? bytes.readUInt32BE(100) : 72, BACKING_FORMAT);
  return {
    version,
    virtualSize: Number(bytes.readBigUInt64BE(24)),
    clusterBits: bytes.readUInt32BE(20),
    hasBackingFile: bytes.readBigUInt64BE(8) !== 0n,
    ...(format === undefined ? {} : { backingFormat: format?.toString('utf8') ?? null }),
    snapshots: bytes.readUInt32BE(60),
    encrypted: bytes.readUInt32BE(32) !== 0,
    externalData: (incompatible & EXTERNAL_DATA_FILE) !== 0n,
    corrupt: (incompatible & CORRUPT) !== 0n,
    incompatible,
    firstTable: { offset: Number(bytes.readBigUInt64BE(40)), bytes: bytes.readUInt32BE(36) * 8 },
  };
}

/**
 * The format that a qcow2 file fixes for its backing file: `null` when it fixes none, `undefined` when the bytes do not
 * tell, or when it has no backing file.
 */
export function backingFormatOf(bytes: Buffer): string | null | undefined {
  const header = parseQcow2Header(bytes);
  return header?.hasBackingFile ? header.backingFormat : undefined;
}

/** The content of a header extension; `null` when there is none, `undefined` when the bytes end before that is told. */
function extension(bytes: Buffer, start: number, wanted: number): Buffer | null | undefined {
  for (let at = start; at + 8 <= bytes.length;) {
    const [type, length] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
    if (type === 0) return null;
    if (type === wanted) {
      const content = bytes.subarray(at + 8, at + 8 + length);
      return content.length === length ? content : undefined;
    }
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
