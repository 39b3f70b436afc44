import { basename, dirname, join } from 'node:path';
import { cloneResource } from '../../dialects/regraft/addresses';
import { UserError } from '../../model/user-error';
import type { DiskXml, DomainXml } from '../../tools/libvirt-xml';
import type { State } from '../../tools/terraform-state';
import type { FleetClone } from '../fleet';

/** A clone as far as its disks are judged. */
export type Owner = Pick<FleetClone, 'pool' | 'clone' | 'storage'> & {
  /** The folder of the storage pool. */
  readonly folder: string;
  readonly state: Pick<State, 'objects'>;
};

/**
 * Refuses to start a machine on a disk that is not there, or that is not one of the volumes that the state has for it.
 *
 * @param isPresent whether the storage pool has a volume of that name
 * @throws UserError with the disk and what to do
 */
export function refuseForeignDisks(
  owner: Owner,
  domain: DomainXml,
  isPresent: (file: string) => boolean,
): void {
  const own = ownFiles(owner);
  const mend = 'see what regraft plan says, and apply it';
  for (const disk of domain.disks) {
    if (disk.source === undefined) continue;
    const file = fileInPool(disk, owner);
    // What is no disk, such as the medium of cloud-init, holds nothing of anybody.
    if (disk.device === 'disk' && (file === undefined || !own.has(file))) {
      throw new UserError(
        `its disk ${disk.target} is ${placeOf(disk, owner)}, which the state does not have as a volume of ${owner.clone}: ${mend}`,
      );
    }
    if (file !== undefined && !isPresent(file)) {
      throw new UserError(`its disk ${disk.target} is ${placeOf(disk, owner)}, which is not there: ${mend}`);
    }
  }
}

/** The names of the files behind a machine's disks, as far as they are in the clone's storage pool. */
export function filesInPool(owner: Owner, { disks }: DomainXml): string[] {
  return disks.flatMap((disk) => fileInPool(disk, owner) ?? []);
}

/**
 * The files of a clone's volumes by the addresses in the state, which during a rollout is ahead of the manifest.
 *
 * One that waits for its deletion since a run that broke off is its own no more: the next run deletes it.
 */
function ownFiles({ pool, clone, state }: Owner): Set<string> {
  const [overlays, data] = [`libvirt_volume.${pool}__${clone}__`, `["${pool}/${clone}/`];
  const own = `${cloneResource(pool, clone)}.`;
  return new Set(
    state.objects
      .filter(({ type, deposed }) => type === 'libvirt_volume' && deposed === undefined)
      .filter(
        ({ address }) => [overlays, own].some((start) => address.startsWith(start)) || address.includes(data),
      )
      .flatMap(({ attributes }) => (typeof attributes['name'] === 'string' ? attributes['name'] : [])),
  );
}

function fileInPool({ source }: DiskXml, { storage, folder }: Owner): string | undefined {
  if (source === undefined) return undefined;
  if ('volume' in source) return source.pool === storage ? source.volume : undefined;
  return dirname(source.path) === folder.replace(/(?<=.)\/+$/, '') ? basename(source.path) : undefined;
}

function placeOf(disk: DiskXml, owner: Owner): string {
  const file = fileInPool(disk, owner);
  if (file !== undefined) return join(owner.folder, file);
  const { source } = disk;
  return source === undefined ? 'empty' : 'path' in source ? source.path : `${source.pool}/${source.volume}`;
}
