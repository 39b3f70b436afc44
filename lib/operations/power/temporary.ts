import { basename, dirname } from 'node:path';
import { parseOverlayFileName } from '../../model/file-names';
import { UserError } from '../../model/user-error';
import type { DomainXml, TemporaryVolume, VolumeXml } from '../../tools/libvirt-xml';
import { parseDomain, parseTemporaryVolumes } from '../../tools/libvirt-xml';
import { isActive, Machines } from '../../tools/machines';
import { Virsh } from '../../tools/virsh';
import type { NewVolume, Volumes } from '../../tools/volumes';

export type { TemporaryVolume };

/** The temporary volumes that a machine's metadata names, of its definition as XML. */
export function temporaryVolumesOf(definitionXml: string): TemporaryVolume[] {
  return parseTemporaryVolumes(definitionXml);
}

/**
 * Makes the temporary volumes of a machine anew, under the names that they have; returns those names.
 *
 * One that is missing is just made: a reset that was killed is finished by the next.
 *
 * @throws UserError when the machine is not off, or, before anything is deleted, when one of them is not a
 * temporary overlay of this machine or cannot be made again
 */
export async function resetTemporary(
  volumes: Volumes,
  domain: string,
  temporary: readonly TemporaryVolume[],
): Promise<string[]> {
  if (temporary.length === 0) return [];
  const { uri, pool, surroundings } = volumes;
  const [machines, virsh] = [new Machines(uri, surroundings), new Virsh(uri, surroundings)];
  const storage = await virsh.storagePool(pool);
  if (!storage?.active) {
    throw new UserError(`storage pool ${pool} is not active: start it (virsh pool-start ${pool})`);
  }
  const definition = parseDomain(await machines.definition(domain));
  for (const volume of temporary) refuseForeign(volume, definition, { pool, path: storage.path });
  const names = temporary.map(({ path }) => basename(path));
  const present = await volumes.facts(names);
  const backings = await virsh.lookUp(temporary.map(({ backing }) => ({ path: backing?.path ?? '' })));
  const fresh = temporary.map((volume, index) => freshOf(volume, present[index], backings[index]));
  await refuseInUse(machines, domain);
  for (const [index, volume] of fresh.entries()) {
    if (present[index]) await volumes.delete(volume.name);
    await volumes.create(volume);
  }
  return names;
}

/** Only what this machine has as a disk, and what is an overlay of its own by name and place, is ever deleted. */
function refuseForeign(
  { target, path }: TemporaryVolume,
  { name, disks }: DomainXml,
  storage: { readonly pool: string; readonly path: string },
): void {
  const refused = (why: string): UserError =>
    new UserError(`${path} is not reset: ${why}; look at the metadata of ${name} (virsh dumpxml ${name})`);
  const file = basename(path);
  if (parseOverlayFileName(file)?.clone !== name) {
    throw refused(
      `its name is not that of an overlay of this machine (${name}.VOLUME.BASE.YYYYMMDDhhmmss.qcow2)`,
    );
  }
  if (dirname(path) !== storage.path.replace(/(?<=.)\/+$/, '')) {
    throw refused(`it is not in storage pool ${storage.pool} (${storage.path})`);
  }
  const source = disks.find((disk) => disk.target === target)?.source;
  const own =
    source &&
    ('path' in source ? source.path === path : source.pool === storage.pool && source.volume === file);
  if (!own) throw refused(`it is not disk ${target} of ${name}`);
}

function freshOf(
  { path, size, backing }: TemporaryVolume,
  present: VolumeXml | undefined,
  below: VolumeXml | undefined,
): NewVolume {
  if (backing && !below) {
    throw new UserError(
      `${path} is not reset: no storage pool has ${backing.path}, on which it stands; bring the base volume back`,
    );
  }
  const bytes = size ?? present?.capacity ?? below?.capacity;
  if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new UserError(`${path} cannot be made: its size is not known (${bytes}); apply the stack anew`);
  }
  return { name: basename(path), size: bytes, ...(backing ? { backing } : {}) };
}

/** A saved memory image knows the volumes as they are: a guest that goes on with it would damage fresh ones. */
async function refuseInUse(machines: Machines, domain: string): Promise<void> {
  const state = (await machines.states([domain])).get(domain);
  if (isActive(state)) {
    throw new UserError(
      `${domain} is ${state}: its temporary volumes are reset only while it is off; stop it`,
    );
  }
  if ((await machines.saved()).has(domain)) {
    throw new UserError(
      `${domain} has a saved memory image, which needs its temporary volumes as they are: start it, or drop the image (virsh managedsave-remove ${domain})`,
    );
  }
}
