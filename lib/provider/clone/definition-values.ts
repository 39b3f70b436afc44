import { posix } from 'node:path';

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  k: 1024,
  K: 1024,
  KiB: 1024,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
};

/** Elements that hold an amount of memory with a unit; libvirt writes all of them in KiB. */
export const MEMORY_ELEMENTS: readonly string[] = ['memory', 'currentMemory', 'maxMemory'];

/** The bytes of an amount of memory, rounded up to whole KiB as libvirt does; NaN for what is none. */
export function memoryBytes(text: string, unit = 'KiB'): number {
  return Math.ceil((Number(text) * (UNITS[unit] ?? Number.NaN)) / 1024) * 1024;
}

/** Whether two values of an attribute or a text mean the same to libvirt. */
export function sameValue(name: string, written: string, present: string): boolean {
  if (written === present) return true;
  if (name === 'machine') return isMachineAlias(written, present);
  if (name === 'uuid') return plainUuid(written) === plainUuid(present);
  if (name === 'address') return written.toLowerCase() === present.toLowerCase();
  if (written.startsWith('/')) return posix.normalize(written) === posix.normalize(present);
  return isNumber(written) && isNumber(present) && Number(written) === Number(present);
}

/** libvirt replaces the name of a machine type by the version that QEMU means by it (QEMU, `-machine help`). */
function isMachineAlias(written: string, present: string): boolean {
  const family = written === 'pc' ? 'pc-i440fx' : written === 'q35' ? 'pc-q35' : written;
  return present.startsWith(`${family}-`) && /^[\d.]+$/.test(present.slice(family.length + 1));
}

function plainUuid(uuid: string): string {
  return uuid.toLowerCase().replaceAll('-', '');
}

/** A port or an address of a bus: libvirt writes it in hexadecimal. */
function isNumber(text: string): boolean {
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(text);
}
