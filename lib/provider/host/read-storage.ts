import { posix } from 'node:path';
import type { Connection } from '../../tools/connection';
import { volumesIn } from '../../tools/host-volumes';
import { parseStoragePool, parseVolume } from '../../tools/libvirt-xml';
import { inHalves } from '../../tools/questions';
import { lines } from '../../tools/virsh-connection';
import type { ListedStorage, VolumeFacts } from './facts';

/** A storage pool and the paths of its volumes. */
export interface StorageListing {
  readonly storage: ListedStorage | undefined;
  readonly volumes: Set<string>;
}

/**
 * A storage pool and its volumes, after a look into its folder.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readStorage(connection: Connection, pool: string): Promise<StorageListing> {
  const [all = '', active = ''] = await connection.must(
    ['pool-list', '--all', '--name'],
    ['pool-list', '--name'],
  );
  if (!lines(all).includes(pool)) return { storage: undefined, volumes: new Set() };
  const of = ['--pool', pool];
  // The look may fail while a volume is uploaded; what libvirt knew before is then still there to be read.
  const [, xml = '', table = ''] = await connection.batch([
    ['pool-refresh', ...of],
    ['pool-dumpxml', ...of],
    ['vol-list', ...of],
  ]);
  const { path, available } = parseStoragePool(xml);
  return {
    storage: { path, available, active: lines(active).includes(pool) },
    volumes: new Set(volumesIn(table).map((volume) => volume.path)),
  };
}

/**
 * What libvirt says of volumes of a storage pool, those that are not there left out.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readVolumeFacts(
  connection: Connection,
  pool: string,
  paths: readonly string[],
): Promise<VolumeFacts[]> {
  const texts = await inHalves(
    connection,
    paths.map((path) => ['vol-dumpxml', '--pool', pool, '--vol', posix.basename(path)]),
  );
  return texts.filter((text) => text.trim() !== '').map((text) => parseVolume(text));
}
