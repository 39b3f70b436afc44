/** What the header of a qcow2 file says of it (QEMU, docs/interop/qcow2.txt). */
export interface Qcow2Header {
  /** The format that it fixes for its backing file; left out when QEMU would have to guess it. */
  readonly backingFormat?: string;
  /** How many snapshots are inside of it. */
  readonly snapshots: number;
  readonly encrypted: boolean;
  /** Whether its data is in another file. */
  readonly externalData: boolean;
}

/** The length of the part of a file that holds all of its header. */
export const QCOW2_HEADER_CLUSTER = 64 * 1024;

const MAGIC = 0x514649fb;
const BACKING_FORMAT = 0xe2792aca;
const EXTERNAL_DATA_FILE = 0x4n;

/** Reads the beginning of a file; `undefined` when it is no qcow2. */
export function parseQcow2Header(bytes: Buffer): Qcow2Header | undefined {
  if (bytes.length < 104 || bytes.readUInt32BE(0) !== MAGIC) return undefined;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  const backingFormat = extension(bytes, version === 2 ? 72 : bytes.readUInt32BE(100), BACKING_FORMAT);
  return {
    ...(backingFormat === undefined ? {} : { backingFormat: backingFormat.toString('latin1') }),
    snapshots: bytes.readUInt32BE(60),
    encrypted: bytes.readUInt32BE(32) !== 0,
    externalData: version === 3 && (bytes.readBigUInt64BE(72) & EXTERNAL_DATA_FILE) !== 0n,
  };
}

/** The content of a header extension. */
function extension(bytes: Buffer, start: number, wanted: number): Buffer | undefined {
  for (let at = start; at + 8 <= bytes.length;) {
    const [type, length] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
    if (type === 0) return undefined;
    if (type === wanted) return bytes.subarray(at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
