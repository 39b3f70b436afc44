/** The name of the disk device with this number, counted from 0: `vda`, … `vdz`, `vdaa`, … (libvirt, `virIndexToDiskName`). */
export function deviceName(prefix: string, index: number): string {
  const letter = String.fromCharCode('a'.charCodeAt(0) + (index % 26));
  const before = Math.floor(index / 26);
  return before === 0 ? prefix + letter : deviceName(prefix, before - 1) + letter;
}

/** The number of a disk device, the inverse of {@link deviceName}; -1 for what is no such name. */
export function deviceIndex(target: string): number {
  const [, letters] = /^(?:vd|sd|hd|xvd|fd|ubd)([a-z]{1,6})$/.exec(target) ?? [];
  if (letters === undefined) return -1;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 'a'.charCodeAt(0) + 1, 0) - 1;
}
