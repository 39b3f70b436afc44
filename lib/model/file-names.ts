/**
 * The names of volumes in a host's storage pool.
 *
 * The third part tells the kinds apart, so that no clone's volume can be taken for a base's.
 */

/** The file name of a base volume. */
export function baseFileName(base: string, volume: string): string {
  return `${base}.${volume}.base.qcow2`;
}

/** The parts of a base volume's file name; `undefined` for the name of anything else. */
export function parseBaseFileName(file: string): { base: string; volume: string } | undefined {
  const [, base, volume] = /^([^./]+)\.([^./]+)\.base\.qcow2$/.exec(file) ?? [];
  return base && volume ? { base, volume } : undefined;
}

/** The file name of a data volume; it is the same for life, whatever base the clone is on. */
export function dataFileName(clone: string, volume: string): string {
  return `${clone}.${volume}.data.qcow2`;
}

/** The start of an overlay's file name; the time at which it is made and the ending follow. */
export function overlayFilePrefix(clone: string, volume: string, base: string): string {
  return `${clone}.${volume}.${base}.`;
}

/** The parts of an overlay's file name; `undefined` for the name of anything else. */
export function parseOverlayFileName(
  file: string,
): { clone: string; volume: string; base: string } | undefined {
  const [, clone, volume, base] = /^([^./]+)\.([^./]+)\.([^./]+)\.\d{14}\.qcow2$/.exec(file) ?? [];
  return clone && volume && base ? { clone, volume, base } : undefined;
}

/** The file name of the record that regraft's own provider keeps of a base beside its volumes. */
export function baseRecordName(base: string): string {
  return `${base}.base.json`;
}

/** The name of the note by which regraft's own provider says that a file is not whole. */
export function halfMadeNoteName(file: string): string {
  return `${file}${HALF_MADE}`;
}

/** The file that a note says is not whole; `undefined` for the name of anything else. */
export function halfMadeFileOf(name: string): string | undefined {
  return name.endsWith(HALF_MADE) && name !== HALF_MADE ? name.slice(0, -HALF_MADE.length) : undefined;
}

// No volume of a base or clone has a name of so many parts that ends like this.
const HALF_MADE = '.half-made';

/** The key of a data volume in its host's guarded block. */
export function dataKey(pool: string, clone: string, volume: string): string {
  return `${pool}/${clone}/${volume}`;
}

/** The key of a base volume in its host's guarded block. */
export function baseKey(base: string, volume: string): string {
  return `${base}/${volume}`;
}
