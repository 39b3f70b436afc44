const UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** A binary unit of size. */
export type SizeUnit = keyof typeof UNITS;

/** A size: a number of bytes, or a number with a binary unit such as `'20GiB'`. */
export type Size = number | `${number}${SizeUnit}`;

/**
 * The size in bytes.
 *
 * @throws RangeError when the text is no size, or the size is not a whole, positive number of bytes
 */
export function bytesOf(size: Size): number {
  const bytes = typeof size === 'number' ? size : parse(size);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new RangeError(
      `size ${JSON.stringify(size)} is not a positive, whole number of bytes: write it as '20GiB' or in bytes`,
    );
  }
  return bytes;
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as SizeUnit] : Number.NaN;
}

/** The smallest unit of a disk in bytes. */
const SECTOR = 512;

/** The virtual size that a volume of a declared size really has: QEMU rounds it up to whole sectors. */
export function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR) * SECTOR;
}

/** The size in the largest unit that divides it, such as `20GiB`. */
export function formatSize(bytes: number): string {
  const units = (Object.keys(UNITS) as SizeUnit[]).reverse();
  const unit = units.find((name) => bytes >= UNITS[name] && bytes % UNITS[name] === 0) ?? 'B';
  return `${bytes / UNITS[unit]}${unit}`;
}

/** The size as a reader wants it, in at most three digits or so, such as `1.2 GiB`. */
export function roundedSize(bytes: number): string {
  const units = (Object.keys(UNITS) as SizeUnit[]).reverse();
  const unit = units.find((name) => bytes >= UNITS[name]) ?? 'B';
  const amount = bytes / UNITS[unit];
  const digits = amount >= 100 ? amount.toFixed(0) : amount.toFixed(1).replace(/\.0$/, '');
  return `${digits} ${unit}`;
}
