/** Where a qcow2 file's first-level table is, which is all zeros as long as no cluster was ever allocated. */
export interface Qcow2Table {
  readonly offset: number;
  readonly bytes: number;
}

/** The length of the part of a qcow2 header that is read. */
export const QCOW2_HEADER = 80;

const MAGIC = 0x514649fb;
const EXTERNAL_DATA_FILE = 0x4n;

/**
 * Reads the header of a qcow2 file (QEMU, docs/interop/qcow2.txt); `undefined` when it is none, or when it may hold
 * content that its first-level table does not tell: snapshots, an external data file.
 */
export function qcow2Table(header: Buffer): Qcow2Table | undefined {
  if (header.length < QCOW2_HEADER || header.readUInt32BE(0) !== MAGIC) return undefined;
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) return undefined;
  if (header.readUInt32BE(60) !== 0) return undefined;
  if (version === 3 && (header.readBigUInt64BE(72) & EXTERNAL_DATA_FILE) !== 0n) return undefined;
  return { offset: Number(header.readBigUInt64BE(40)), bytes: header.readUInt32BE(36) * 8 };
}
