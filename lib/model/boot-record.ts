/** Bytes of a disk that hold its partition table: the MBR, the GPT header and 128 entries, in sectors of 512 bytes. */
export const BOOT_RECORD = 34 * 512;

const SECTOR = 512;
const EFI_SYSTEM = '28732ac11ff8d211ba4b00a0c93ec93b';
const BIOS_BOOT = '4861682149646f6e744e656564454649';
const LEGACY_BOOTABLE = 0x4n;
const PROTECTIVE = 0xee;
const EFI_IN_MBR = 0xef;

/**
 * By which firmware a disk can boot, as its partition table says (UEFI specification 2.10, chapter 5); empty when
 * nothing can be told, as of a disk without partitions.
 *
 * UEFI boots from an EFI system partition. BIOS runs the code in the first sector: with a GPT it then needs a BIOS boot
 * partition (GRUB), or a partition that is marked for it (SYSLINUX).
 */
export function bootsBy(start: Buffer): ('bios' | 'uefi')[] {
  if (start.length < SECTOR || start.readUInt16LE(510) !== 0xaa55) return [];
  const types = [446, 462, 478, 494].map((offset) => start[offset + 4]!);
  if (types.includes(PROTECTIVE)) return gptBoots(start);
  if (types.every((type) => type === 0)) return [];
  const hasCode = start.subarray(0, 440).some((byte) => byte !== 0);
  return [
    ...(hasCode ? (['bios'] as const) : []),
    ...(types.includes(EFI_IN_MBR) ? (['uefi'] as const) : []),
  ];
}

function gptBoots(start: Buffer): ('bios' | 'uefi')[] {
  const header = start.subarray(SECTOR, 2 * SECTOR);
  if (header.length < SECTOR || header.toString('latin1', 0, 8) !== 'EFI PART') return [];
  const [first, count, size] = [
    Number(header.readBigUInt64LE(72)) * SECTOR,
    header.readUInt32LE(80),
    header.readUInt32LE(84),
  ];
  const found = new Set<'bios' | 'uefi'>();
  if (size < 128) return [];
  for (let at = first; at + 128 <= start.length && at < first + count * size; at += size) {
    const type = start.toString('hex', at, at + 16);
    const isLegacy = (start.readBigUInt64LE(at + 48) & LEGACY_BOOTABLE) !== 0n;
    if (type === EFI_SYSTEM) found.add('uefi');
    if (type === BIOS_BOOT || (isLegacy && !/^0+$/.test(type))) found.add('bios');
  }
  return [...found].sort();
}
