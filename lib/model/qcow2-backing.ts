/** Bytes of a qcow2 file in which the header and its extensions are, for every image that QEMU makes. */
export const QCOW2_EXTENSIONS = 4096;

const MAGIC = 0x514649fb;
const BACKING_FORMAT = 0xe2792aca;

/**
 * The format that a qcow2 file fixes for its backing file (QEMU, docs/interop/qcow2.txt, header extensions): `null` when
 * it fixes none, `undefined` when the bytes do not tell, or when it has no backing file.
 */
export function backingFormatOf(bytes: Buffer): string | null | undefined {
  if (bytes.length < 72 || bytes.readUInt32BE(0) !== MAGIC || bytes.readBigUInt64BE(8) === 0n)
    return undefined;
  const version = bytes.readUInt32BE(4);
  let at = version >= 3 && bytes.length >= 104 ? bytes.readUInt32BE(100) : 72;
  while (at + 8 <= bytes.length) {
    const [type, length] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
    if (type === 0) return null;
    if (type === BACKING_FORMAT) {
      const name = bytes.subarray(at + 8, at + 8 + length);
      return name.length === length ? name.toString('utf8') : undefined;
    }
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
