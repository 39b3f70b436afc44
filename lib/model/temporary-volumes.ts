import type { Clone } from './clone';
import { disksOf, overlaysOf } from './clone';
import type { Overlay } from './clone';
import { baseFileName } from './file-names';
import type { ImageFormat } from './volume-type';

/** The XML namespace of regraft's part of a machine's metadata; the hook on the host (`hook/regraft.sh`) looks for it. */
export const VOLUMES_NAMESPACE = 'https://regraft.dev/xmlns/volumes/1';

/** A temporary volume of a clone and what it is reset to. */
export interface TemporaryVolume {
  /** The device name in libvirt, such as `vdb`. */
  readonly target: string;
  readonly overlay: Overlay;
  /** What it stands on; left out when it is blank. */
  readonly backing?: { readonly file: string; readonly format: ImageFormat };
}

/** The temporary volumes of a clone's machine, in the order of its disks. */
export function temporaryVolumesOf(clone: Clone): TemporaryVolume[] {
  const current = overlaysOf(clone).filter(({ retained }) => !retained);
  return disksOf(clone)
    .filter(({ type }) => type === 'temporary')
    .map(({ volume, target }) => {
      const overlay = current.find((one) => one.volume === volume)!;
      return { target, overlay, ...backingOf(overlay) };
    });
}

function backingOf({ base, volume }: Overlay): Pick<TemporaryVolume, 'backing'> {
  const origin = base.origins[volume];
  if (!origin) return {};
  const file = origin.kind === 'existing' ? origin.file : baseFileName(base.name, volume);
  return { backing: { file, format: origin.format } };
}
