import type { Connection } from '../../tools/connection';
import { volumesIn } from '../../tools/host-volumes';
import { parseStoragePool, parseVolume } from '../../tools/libvirt-xml';
import { lines } from '../../tools/virsh-connection';
import type { ListedStorage, ListedVolume } from './facts';

/** A storage pool and its volumes, by path. */
export interface StorageListing {
  readonly storage: ListedStorage | undefined;
  readonly volumes: Map<string, ListedVolume>;
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
  if (!lines(all).includes(pool)) return { storage: undefined, volumes: new Map() };
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
    volumes: await readVolumes(connection, of, table),
  };
}

async function readVolumes(
  connection: Connection,
  of: readonly string[],
  table: string,
): Promise<Map<string, ListedVolume>> {
  const names = volumesIn(table).map(({ name }) => name);
  const commands = names.map((name) => ['vol-dumpxml', ...of, '--vol', name]);
  // In two halves, since libvirt answers two connections at once.
  const half = Math.ceil(commands.length / 2);
  const texts = await Promise.all([
    connection.batch(commands.slice(0, half)),
    connection.batch(commands.slice(half)),
  ]);
  // One that was deleted between the two questions answers nothing.
  const found = texts
    .flat()
    .filter((text) => text.trim() !== '')
    .map((text) => parseVolume(text));
  return new Map(found.map((volume) => [volume.path, volume]));
}
