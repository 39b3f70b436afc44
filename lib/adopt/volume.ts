import { parseOverlayFileName } from '../model/file-names';
import type { HostDisk, HostDomain, HostFile } from '../model/host-contents';
import { FOLDER_POOLS } from '../model/host-contents';
import { BUSES, IMAGE_FORMATS } from '../model/volume-type';
import type { Bus, ImageFormat, VolumeType } from '../model/volume-type';
import type { HostIndex } from './host';
import { saidByName } from './names';

/** A disk of a machine that can become a volume. */
export interface VolumeFound {
  readonly type: VolumeType;
  /** The name that the file's own says; left out when it says none. */
  readonly said?: string;
  readonly target: string;
  readonly bus: Bus;
  readonly file: HostFile & { readonly pool: string; readonly name: string; readonly capacity: number };
  readonly format: ImageFormat;
  /** What it stands on, with the format that it fixes. */
  readonly backing?: { readonly file: HostFile; readonly format: ImageFormat };
}

/**
 * What a disk becomes: an overlay on an image is a system volume, or a temporary one by its name; what stands alone, and
 * what its name says so of, is data.
 *
 * Formats are those that the machine's definition and the overlay itself fix; what libvirt finds in a file is believed
 * of no file that a guest writes to as raw.
 *
 * @returns one line for each thing that stands in the way, when there is any
 */
export function volumeOf(
  index: HostIndex,
  domain: HostDomain,
  disk: HostDisk,
  boot: boolean,
): VolumeFound | string[] {
  const file = placeOf(index, disk);
  if (typeof file === 'string') return [file];
  const { target } = disk;
  const who = `${target} (${file.name})`;
  const bus = BUSES.find((known) => known === disk.bus);
  if (bus === undefined) return [`${target} is on bus ${disk.bus}, expected ${BUSES.join(', ')}`];
  const format = IMAGE_FORMATS.find((known) => known === disk.format);
  if (format === undefined)
    return [`${who} is defined with the format ${disk.format}, expected ${IMAGE_FORMATS.join(' or ')}`];
  const inUse = sharedBy(index, domain, file, target);
  if (inUse.length > 0) return inUse;
  if (file.format !== format)
    return [`${who} is defined as ${format}, and libvirt finds ${foundIn(file)} in it`];
  const odd = format === 'qcow2' ? oddities(index, file.path, who) : [];
  if (odd.length > 0) return odd;
  const said = saidByName(file.name);
  const common = { target, bus, file, format, ...(said ? { said: said.name } : {}) };
  const backing = format === 'raw' ? undefined : backingOf(index, file, disk, who);
  if (typeof backing === 'string') return [backing];
  if (backing === undefined) return boot ? notAlone(who, format) : alone(common, said?.type, who);
  return { ...common, type: boot ? 'system' : (said?.type ?? 'system'), backing };
}

function placeOf(
  index: HostIndex,
  { target, path, network, volume }: HostDisk,
): VolumeFound['file'] | string {
  if (network !== undefined) return `${target} is ${network}, which is no file on the host`;
  if (path === undefined)
    return `${target} is ${volume ? `${volume.pool}/${volume.name}, which no storage pool has` : 'empty'}`;
  const file = index.file(path);
  if (file === undefined || file.presence !== 'present')
    return `${target}: ${path} is ${file?.presence === 'unread' ? `not readable: ${file.reason}` : 'not there'}`;
  const { pool, name, capacity } = file;
  if (pool === undefined || name === undefined || capacity === undefined) {
    return `${target}: ${path} is in no active storage pool: make one of its folder with "virsh pool-define-as NAME dir --target FOLDER" and "virsh pool-start NAME"`;
  }
  const kind = index.contents.pools.find((one) => one.name === pool)?.type;
  if (!FOLDER_POOLS.includes(kind ?? ''))
    return `${target}: ${path} is in storage pool ${pool} of type ${kind}, expected files in a folder`;
  if (parseOverlayFileName(name))
    return `${target} (${name}) is an overlay that regraft has made: see regraft repair`;
  return { ...file, pool, name, capacity };
}

function sharedBy(index: HostIndex, domain: HostDomain, file: HostFile, target: string): string[] {
  const others = index.usersOf(file.path).filter((name) => name !== domain.name);
  const above = index.standingOn(file.path);
  return [
    ...others.map((name) => `${target}: ${file.path} is a disk of machine ${name}, too`),
    ...(above.length === 0
      ? []
      : [`${target}: ${some(above)} ${above.length === 1 ? 'stands' : 'stand'} on its file ${file.path}`]),
  ];
}

/** A raw volume in which something else is found was written so by its guest; whoever believes it reads what the guest wants. */
function foundIn({ format, backing }: HostFile): string {
  return `${format ?? 'nothing'}${backing ? ` on ${backing.path}` : ''}`;
}

function oddities(index: HostIndex, path: string, who: string): string[] {
  const header = index.header(path);
  if (!header) return [`${who} has a header that cannot be read`];
  return [
    ...(header.snapshots > 0
      ? [
          `${who} has ${header.snapshots} snapshots inside, which would be lost: delete them with "qemu-img snapshot -d"`,
        ]
      : []),
    ...(header.encrypted ? [`${who} is encrypted`] : []),
    ...(header.externalData ? [`${who} has its data in another file`] : []),
  ];
}

function backingOf(
  index: HostIndex,
  { path, backing }: HostFile,
  { backingChain }: HostDisk,
  who: string,
): VolumeFound['backing'] | string {
  if (backing === undefined) return undefined;
  const said = index.header(path)?.backingFormat;
  if (said === undefined || said === null)
    return `${who} does not fix the format of the file that it stands on, so that QEMU would guess it: say it with "qemu-img rebase -u -b ${backing.path} -F FORMAT"`;
  const format = IMAGE_FORMATS.find((known) => known === said);
  if (format === undefined)
    return `${who} stands on ${backing.path} of format ${said}, expected ${IMAGE_FORMATS.join(' or ')}`;
  const [link] = backingChain ?? [];
  if (link && (link.path !== backing.path || (link.format ?? format) !== format))
    return `${who} stands on ${backing.path} as ${format}, and its machine says ${link.path} as ${link.format ?? 'nothing'}`;
  const file = index.file(backing.path);
  if (file === undefined || file.presence !== 'present')
    return `${who} stands on ${backing.path}, which is ${file?.presence === 'unread' ? 'not readable' : 'not there'}`;
  if (file.format !== undefined && file.format !== format)
    return `${who} takes ${backing.path} for ${format}, and libvirt finds ${file.format} in it`;
  if (file.backing !== undefined)
    return `${who} stands on ${backing.path}, which stands on ${file.backing.path}: a clone has one overlay on an image, so flatten that one with "virsh vol-clone"`;
  return { file, format };
}

function notAlone(who: string, format: ImageFormat): string[] {
  return [
    `${who} is a flat ${format} file: a clone boots from a qcow2 overlay on an image that others share (regraft prepare makes a base of a machine)`,
  ];
}

function alone(
  common: Omit<VolumeFound, 'type'>,
  said: 'temporary' | 'data' | undefined,
  who: string,
): VolumeFound | string[] {
  if (said === 'temporary' && common.format !== 'qcow2')
    return [`${who} is temporary by its name and ${common.format}: temporary volumes are qcow2`];
  return { ...common, type: said ?? 'data' };
}

function some(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(', ');
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}
