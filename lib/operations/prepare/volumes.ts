import { baseFileName, parseOverlayFileName } from '../../model/file-names';
import type { HostContents, HostDisk, HostDomain, HostFile } from '../../model/host-contents';
import { compareNames } from '../../model/outline';
import { UserError } from '../../model/user-error';
import type { Bus, VolumeType } from '../../model/volume-type';
import { BUSES, VOLUME_TYPES } from '../../model/volume-type';
import type { FleetClone } from '../fleet';
import type { PlannedVolume, PrepareRequest } from './request';

type Draft = Pick<FleetClone, 'clone' | 'host' | 'storage' | 'entry'> & {
  readonly stack: { readonly manifest: FleetClone['stack']['manifest'] };
};

/**
 * The volumes of the new base: its outline is that of the draft's base, with the sizes and buses that the machine has.
 *
 * @throws UserError when a volume is not what the state says, or cannot be read as what it is
 */
export function plannedVolumes(
  draft: Draft,
  request: Pick<PrepareRequest, 'as' | 'withData'>,
  contents: HostContents,
): PlannedVolume[] {
  const { clone, host, entry, stack } = draft;
  const base = stack.manifest.bases[`${host}/${entry.base}`];
  const domain = contents.domains.find(({ name }) => name === clone);
  if (!domain || !base)
    throw new UserError(
      domain
        ? `the state says that ${clone} is on base ${entry.base}, which it does not have: see what regraft plan says`
        : `clone ${clone} is in the state, but host ${host} has no machine of that name: see what regraft plan says`,
    );
  const boot = domain.disks.find(({ device }) => device === 'disk')?.target;
  return Object.entries(base.volumes)
    .sort(([a, one], [b, other]) => rank(one.type) - rank(other.type) || compareNames(a, b))
    .map(([name, { type, file }]) => {
      const disk = diskOf(draft, domain, name);
      const own = fileOf(draft, disk, name, contents);
      const volume = { name, type, bus: disk.bus as Bus, size: own.capacity!, boot: disk.target === boot };
      if (type === 'system') return { ...volume, ...flattened(draft, disk, own, name, request.as, contents) };
      if (type === 'data')
        return { ...volume, ...(request.withData ? seeded(own, disk, name, request.as) : BLANK) };
      return {
        ...volume,
        ...(file === undefined ? BLANK : copied(draft, own, file, name, request.as, contents)),
      };
    });
}

const BLANK = { bytes: 0, format: 'qcow2' };

function rank(type: VolumeType): number {
  return VOLUME_TYPES.indexOf(type);
}

function diskOf({ clone, entry }: Draft, domain: HostDomain, name: string): HostDisk {
  const target = entry.volumes[name]?.target;
  const disk = domain.disks.find((one) => one.target === target);
  if (disk?.device === 'disk' && BUSES.includes(disk.bus as Bus)) return disk;
  throw new UserError(
    `volume ${name} of ${clone} is no disk ${target ?? ''} of its machine: see what regraft plan says`,
  );
}

/** The file of a disk, which has to be in the host's storage pool and the clone's own by its name. */
function fileOf({ clone, storage }: Draft, disk: HostDisk, name: string, { files }: HostContents): HostFile {
  const where = disk.path ?? (disk.volume ? `${disk.volume.pool}/${disk.volume.name}` : 'nowhere');
  const file = files.find(({ path }) => path === disk.path);
  if (file?.presence !== 'present' || file.capacity === undefined)
    throw new UserError(
      `volume ${name} of ${clone} is ${where}, which ${file?.reason ?? 'is not there'}: see what regraft plan says`,
    );
  if (file.pool !== storage || !file.name?.startsWith(`${clone}.${name}.`))
    throw new UserError(
      `volume ${name} of ${clone} is ${where}, which is no volume of its own in storage pool ${storage}: see what regraft plan says`,
    );
  return file;
}

function flattened(
  { clone, entry }: Draft,
  { format }: HostDisk,
  own: HostFile,
  name: string,
  as: string,
  contents: HostContents,
): Pick<PlannedVolume, 'from' | 'file' | 'bytes' | 'format'> {
  // Of any other file the guest writes the first bytes, and libvirt believes them.
  if (format !== 'qcow2' || own.format !== 'qcow2' || own.backing === undefined)
    throw new UserError(
      `volume ${name} of ${clone} (${own.path}) is ${own.backing ? '' : 'no overlay but '}${format} to its machine and ${own.format ?? 'nothing'} to libvirt: a base is prepared from qcow2 overlays only`,
    );
  if (parseOverlayFileName(own.name!)?.base !== entry.base)
    throw new UserError(
      `volume ${name} of ${clone} is ${own.path}, but the state says that it is on base ${entry.base}: apply the stack first (regraft apply)`,
    );
  const chain = chainOf(own, contents);
  const allocated = chain.reduce((sum, { allocation = 0 }) => sum + allocation, 0);
  return {
    from: own.name!,
    file: baseFileName(as, name),
    bytes: Math.min(own.capacity!, allocated),
    format,
  };
}

/** An overlay and all that it stands on. */
function chainOf(own: HostFile, { files }: HostContents): HostFile[] {
  const chain = [own];
  for (let link = own.backing; link; link = chain.at(-1)!.backing) {
    const below = files.find(({ path }) => path === link!.path);
    if (below?.presence !== 'present' || chain.includes(below))
      throw new UserError(
        `${chain.at(-1)!.path} stands on ${link.path}, which cannot be read: bring it back`,
      );
    // libvirt and QEMU find the format of a link that does not say it in bytes that a guest may have written.
    if (link.format === undefined)
      throw new UserError(
        `${chain.at(-1)!.path} does not say in which format it stands on ${link.path}: say it (qemu-img rebase -u -F FORMAT)`,
      );
    chain.push(below);
  }
  return chain;
}

/** What temporary volumes of the new base stand on: a copy of what they stand on now, not what a guest wrote on them. */
function copied(
  { clone }: Draft,
  own: HostFile,
  file: string,
  name: string,
  as: string,
  contents: HostContents,
): Pick<PlannedVolume, 'from' | 'file' | 'bytes' | 'format'> {
  const below = contents.files.find(({ path }) => path === own.backing?.path);
  if (below?.name !== file || below.format !== own.backing!.format)
    throw new UserError(
      `volume ${name} of ${clone} stands on ${own.backing?.path ?? 'nothing'} (${own.backing?.format ?? 'no format'}), expected ${file} in the format that libvirt finds (${below?.format ?? 'none'}): apply the stack first (regraft apply)`,
    );
  return { from: file, file: baseFileName(as, name), bytes: below.allocation ?? 0, format: below.format! };
}

function seeded(
  own: HostFile,
  { format }: HostDisk,
  name: string,
  as: string,
): Pick<PlannedVolume, 'from' | 'seed' | 'bytes' | 'format'> {
  if (format === 'qcow2' && (own.format !== 'qcow2' || own.backing !== undefined))
    throw new UserError(
      `data volume ${name} (${own.path}) is ${own.format ?? 'nothing'} to libvirt${own.backing ? `, on ${own.backing.path}` : ''}: expected qcow2 without a backing file`,
    );
  return { from: own.name!, seed: `${as}.${name}.seed.qcow2`, bytes: own.allocation ?? 0, format };
}
