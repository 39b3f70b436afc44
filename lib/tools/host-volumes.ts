import { posix } from 'node:path';
import type { HostPool } from '../model/host-contents';
import { FOLDER_POOLS } from '../model/host-contents';
import { UserError } from '../model/user-error';
import type { HostVolumeXml } from './host-xml';
import { parseHostPool, parseHostVolume } from './host-xml';
import type { VirshConnection } from './virsh-connection';
import { lines } from './virsh-connection';

/**
 * All storage pools; those that are active and folders are looked into anew.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readPools(connection: VirshConnection): Promise<HostPool[]> {
  const [all = '', active = ''] = await connection.must(
    ['pool-list', '--all', '--name'],
    ['pool-list', '--name'],
  );
  const running = new Set(lines(active));
  const names = lines(all).sort();
  const texts = await connection.batch(names.map((name) => ['pool-dumpxml', name]));
  return Promise.all(
    names
      .flatMap((name, index) =>
        texts[index]?.trim() ? [{ ...parseHostPool(texts[index]), active: running.has(name) }] : [],
      )
      .map(async (pool): Promise<HostPool> => {
        if (!pool.active || !FOLDER_POOLS.includes(pool.type)) return pool;
        // It may fail while a volume is uploaded; what libvirt knew before is then still there to be read.
        const stale = await connection
          .command(['pool-refresh', pool.name])
          .then(() => undefined)
          .catch((error: unknown) => {
            if (error instanceof UserError) return error.message;
            throw error;
          });
        return stale === undefined ? pool : { ...pool, stale };
      }),
  );
}

/** A volume as a storage pool lists it, and what libvirt says of it. */
export interface ListedVolume {
  readonly pool: string;
  readonly name: string;
  readonly path: string;
  /** Left out when libvirt does not say, though it lists the volume. */
  readonly xml?: HostVolumeXml;
}

/**
 * All volumes of storage pools.
 *
 * @param tables a connection that prints names which are not ASCII as they are
 * @throws UserError when libvirt is not reachable
 */
export async function readVolumes(
  connection: VirshConnection,
  tables: VirshConnection,
  pools: readonly string[],
): Promise<ListedVolume[]> {
  const listed = await list(tables, pools);
  const found = await describe(connection, listed);
  const silent = found.filter(({ xml }) => xml === undefined);
  if (silent.length === 0) return found;
  // One that was deleted between the two questions is not listed again.
  const again = new Set((await list(tables, pools)).map(({ path }) => path));
  const second = await describe(
    connection,
    silent.filter(({ path }) => again.has(path)),
  );
  return [...found.filter(({ xml }) => xml !== undefined), ...second];
}

async function list(connection: VirshConnection, pools: readonly string[]): Promise<ListedVolume[]> {
  const answers = await connection.batch(pools.map((pool) => ['vol-list', pool]));
  return pools.flatMap((pool, index) =>
    volumesIn(answers[index] ?? '').map(({ name, path }) => ({ pool, name, path: posix.normalize(path) })),
  );
}

/** The rows of `virsh vol-list`. */
export function volumesIn(table: string): { readonly name: string; readonly path: string }[] {
  return table.split('\n').flatMap((line) => {
    const [, name, path] = /^ ?(.+?) +(\/.*?) *$/s.exec(line) ?? [];
    return name === undefined || path === undefined ? [] : [{ name, path }];
  });
}

async function describe(
  connection: VirshConnection,
  listed: readonly ListedVolume[],
): Promise<ListedVolume[]> {
  const texts = await connection.batch(listed.map(({ pool, name }) => ['vol-dumpxml', '--pool', pool, name]));
  return listed.map((volume, index) => {
    const text = texts[index] ?? '';
    return text.trim() === '' ? volume : { ...volume, xml: parseHostVolume(text) };
  });
}
