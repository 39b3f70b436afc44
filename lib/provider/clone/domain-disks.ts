import { inLibvirtOrder } from '../../model/clone';
import { volumeOrder } from '../../model/outline';
import type { Bus } from '../../model/volume-type';
import { VOLUMES_NAMESPACE } from '../../model/temporary-volumes';
import type { CloneState, CloneVolumeState } from './clone-state';
import { deviceIndex, deviceName } from './device-names';
import type { XmlElement } from './xml-tree';
import { element } from './xml-tree';

type Present = [volume: string, state: CloneVolumeState & { readonly path: string }];

/** The names of a clone's volumes in the order of the disks: the boot volume, system, temporary, data, each by name. */
export function diskOrder(volumes: CloneState['volumes']): string[] {
  const outline = Object.fromEntries(
    Object.entries(volumes).map(([name, { type, bus }]) => [name, { type, bus: bus as Bus }]),
  );
  const boot = Object.keys(volumes).find((name) => volumes[name]!.boot);
  return volumeOrder(outline, boot);
}

/**
 * The disks of a clone's machine, its cloud-init medium included, in libvirt's order: those of a bus by device.
 *
 * @param taken the devices of disks that were attached by hand
 */
export function diskElements(state: CloneState, taken: readonly string[]): XmlElement[] {
  const disks = presentVolumes(state).map(([volume, { target, bus, ...one }]) => ({
    target,
    bus,
    xml: diskElement(volume, { target, bus, ...one }),
  }));
  const path = state.cloud_init?.path ?? null;
  if (path !== null) {
    const target = firstFree('sd', [...disks.map((disk) => disk.target), ...taken]);
    disks.push({ target, bus: 'sata', xml: mediumElement(path, target) });
  }
  const ordered = inLibvirtOrder(disks, ({ bus }) => bus);
  const buses = [...new Set(ordered.map(({ bus }) => bus))];
  return ordered
    .sort(
      (a, b) => buses.indexOf(a.bus) - buses.indexOf(b.bus) || deviceIndex(a.target) - deviceIndex(b.target),
    )
    .map(({ xml }) => xml);
}

/** What the metadata says of temporary volumes, for the hook on the host; `undefined` when there are none. */
export function temporaryVolumesElement(state: CloneState): XmlElement | undefined {
  const temporary = presentVolumes(state).filter(([, { type }]) => type === 'temporary');
  if (temporary.length === 0) return undefined;
  const elements = temporary.map(([, { target, path, size, backing, backing_format: format }]) =>
    element('regraft:temporary', {
      target,
      path,
      size: size === null ? undefined : String(size),
      backing: backing ?? undefined,
      'backing-format': backing === null ? undefined : (format ?? 'qcow2'),
    }),
  );
  return element('regraft:volumes', { 'xmlns:regraft': VOLUMES_NAMESPACE }, elements);
}

function presentVolumes({ volumes }: CloneState): Present[] {
  return diskOrder(volumes).flatMap((volume): Present[] => {
    const one = volumes[volume]!;
    return one.path === null ? [] : [[volume, { ...one, path: one.path }]];
  });
}

function diskElement(volume: string, { target, bus, format, path, boot, wwn }: Present[1]): XmlElement {
  return element('disk', { type: 'file', device: 'disk' }, [
    // Always said: libvirt would probe, and a guest could choose the format of its raw volume.
    element('driver', { name: 'qemu', type: format }),
    element('source', { file: path }),
    element('target', { dev: target, bus }),
    element('serial', {}, [volume]),
    ...(boot ? [element('boot', { order: '1' })] : []),
    ...(wwn !== null && bus === 'scsi' ? [element('wwn', {}, [wwn])] : []),
  ]);
}

function mediumElement(path: string, target: string): XmlElement {
  return element('disk', { type: 'file', device: 'cdrom' }, [
    element('driver', { name: 'qemu', type: 'raw' }),
    element('source', { file: path }),
    element('target', { dev: target, bus: 'sata' }),
    element('readonly'),
  ]);
}

/** The first device of a prefix that none of these is. */
export function firstFree(prefix: string, taken: readonly string[]): string {
  for (let index = 0; ; index += 1) {
    const target = deviceName(prefix, index);
    if (!taken.includes(target)) return target;
  }
}
