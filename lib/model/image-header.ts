import { hasQcowMagic, parseQcow2Header } from './qcow2-header';
import type { ImageFormat } from './volume-type';

/** What is read of the beginning of an image, in bytes: enough for the headers of all formats that are told apart. */
export const IMAGE_HEADER = 512;

/** What the header of an image says, read as the format that the code says and as no other. */
export interface ImageHeader {
  /** The format that its first bytes claim; `unknown` for a raw disk, and for whatever else. */
  readonly claims: 'qcow2' | 'qcow' | 'vmdk' | 'vdi' | 'vhdx' | 'vpc' | 'unknown';
  /** The size in bytes that a guest sees. */
  readonly virtualSize: number;
  readonly hasBackingFile: boolean;
  /** Whether its clusters are in another file. */
  readonly hasDataFile: boolean;
  readonly isEncrypted: boolean;
  /** Whether QEMU has marked it as corrupt. */
  readonly isCorrupt: boolean;
}

/**
 * Reads the beginning of an image.
 *
 * Whoever wrote a raw disk wrote its first bytes too, so of an image that is raw nothing in them is believed.
 */
export function parseImageHeader(bytes: Buffer, fileSize: number, format: ImageFormat): ImageHeader {
  const claims = claimOf(bytes);
  const header = format === 'raw' || claims !== 'qcow2' ? undefined : parseQcow2Header(bytes);
  return {
    claims,
    virtualSize: header?.virtualSize ?? fileSize,
    hasBackingFile: header?.hasBackingFile ?? false,
    hasDataFile: header?.externalData ?? false,
    isEncrypted: header?.encrypted ?? false,
    isCorrupt: header?.corrupt ?? false,
  };
}

function claimOf(bytes: Buffer): ImageHeader['claims'] {
  const text = (length: number): string => bytes.toString('latin1', 0, length);
  if (bytes.length >= 8 && hasQcowMagic(bytes)) return bytes.readUInt32BE(4) >= 2 ? 'qcow2' : 'qcow';
  if (text(4) === 'KDMV' || text(21) === '# Disk DescriptorFile') return 'vmdk';
  if (bytes.length >= 68 && bytes.readUInt32LE(64) === 0xbeda107f) return 'vdi';
  if (text(8) === 'vhdxfile') return 'vhdx';
  return text(8) === 'conectix' ? 'vpc' : 'unknown';
}

/** What keeps an image from being used as the format that the code says, one message each; `image` is its path. */
export function headerProblems(image: string, format: ImageFormat, header: ImageHeader): string[] {
  if (format === 'raw') return [];
  const { claims } = header;
  if (claims === 'unknown') {
    return [
      `image ${image} is not qcow2: convert it with "qemu-img convert -O qcow2", or say format: 'raw' if it is a plain disk`,
    ];
  }
  if (claims !== 'qcow2') {
    return [
      `image ${image} is ${claims}, not qcow2: convert it with "qemu-img convert -f ${claims} -O qcow2 ${image} IMAGE.qcow2"`,
    ];
  }
  return [
    ...(header.hasBackingFile
      ? [
          `image ${image} has a backing file, which a base must not have: flatten it with "qemu-img convert -O qcow2"`,
        ]
      : []),
    ...(header.hasDataFile
      ? [
          `image ${image} has its clusters in an external data file, which would not be uploaded: make it one file with "qemu-img convert -O qcow2"`,
        ]
      : []),
    ...(header.isEncrypted
      ? [
          `image ${image} is encrypted, and no machine would have its key: decrypt it with "qemu-img convert --object secret,… -O qcow2"`,
        ]
      : []),
    ...(header.isCorrupt
      ? [
          `image ${image} is marked as corrupt: get it again, or mend a copy with "qemu-img check -f qcow2 -r all"`,
        ]
      : []),
  ];
}
