/** What becomes of a volume: replaced, reset or kept (see {@link VolumeType}). */
export const VOLUME_TYPES = ['system', 'temporary', 'data'] as const;

/**
 * The type of a volume.
 *
 * - `system`: an overlay on the base, replaced on restore and on rebase.
 * - `temporary`: reset on restore, on rebase and at every shutdown.
 * - `data`: kept, byte for byte, by every one of these.
 */
export type VolumeType = (typeof VOLUME_TYPES)[number];

/** The buses that a volume can stand on, as libvirt names them. */
export const BUSES = ['virtio', 'scsi', 'sata', 'ide', 'usb'] as const;

/** The bus through which the guest sees a volume (libvirt: `<target bus=…>`). */
export type Bus = (typeof BUSES)[number];

/** The image formats that a base is made from. */
export const IMAGE_FORMATS = ['qcow2', 'raw'] as const;

/** The format of an image; it is always said, never probed, so that a guest cannot choose it. */
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** The prefix of the device names that a bus gives in libvirt: `vda` on virtio, `sda` on scsi, sata and usb, `hda` on ide. */
export function devicePrefix(bus: Bus): 'vd' | 'sd' | 'hd' {
  if (bus === 'virtio') return 'vd';
  return bus === 'ide' ? 'hd' : 'sd';
}
