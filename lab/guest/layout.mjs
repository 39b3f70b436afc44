// Where things lie on a system image of the lab's guest.

/** Bytes in a sector. */
export const SECTOR = 512;
/** The virtual size of a system image, in bytes. */
export const SIZE = 64 * 1024 * 1024;
/** The boot partition, in sectors: FAT with syslinux, kernel and initrd. */
export const FAT = { start: 2048, sectors: 81920, type: 0x0e };
/** The partition in which a running system keeps its state, in sectors: ext4. */
export const STATE = { start: 2048 + 81920, sectors: SIZE / SECTOR - 2048 - 81920, type: 0x83 };

/** The first sector of a disk: syslinux's boot code and a partition table, the boot partition active. */
export function partitionTable(bootCode) {
  const sector = Buffer.alloc(SECTOR);
  bootCode.copy(sector, 0, 0, Math.min(bootCode.length, 440));
  for (const [index, partition] of [FAT, STATE].entries()) {
    const at = 446 + 16 * index;
    sector[at] = partition === FAT ? 0x80 : 0;
    // Cylinders, heads and sectors that say: look at the block numbers instead.
    sector.set([0xfe, 0xff, 0xff], at + 1);
    sector[at + 4] = partition.type;
    sector.set([0xfe, 0xff, 0xff], at + 5);
    sector.writeUInt32LE(partition.start, at + 8);
    sector.writeUInt32LE(partition.sectors, at + 12);
  }
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
