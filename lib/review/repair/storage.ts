import type { RepairCase } from './case';
import type { RepairHost } from './given';

/** A storage pool that is there and not in the state; `false` when nothing in it can be seen. */
export function planStorage(given: RepairCase, host: RepairHost): boolean {
  const { storage } = host;
  if (!storage) return false;
  const { wanted, applied } = given.given;
  const { storage: name, path, provider } = (wanted?.hosts[host.host] ?? applied?.hosts[host.host])!;
  const about = { host: host.host, what: name };
  const address = given.roles(host.host).find(([, { role }]) => role === 'storage')?.[0];
  if (address !== undefined && given.objectsAt(address).length === 0) {
    const why = 'the storage pool is there, and the state does not have it';
    if (withoutSlash(path) !== withoutSlash(storage.path)) {
      const other = `a storage pool of that name has the folder ${storage.path}, expected ${path}: it is not regraft's`;
      given.add({ kind: 'leave', ...about, why: other });
      return false;
    }
    if (provider === '0.8')
      given.add({ kind: 'import-storage-pool', ...about, address, id: storage.uuid, why });
    else
      given.add({
        kind: 'edit-state-storage-pool',
        ...about,
        address,
        stored: { name, path, uuid: storage.uuid },
        why,
      });
  }
  if (!storage.active) {
    const why = `the storage pool is not active, so its volumes are not seen: virsh pool-start ${name}, then repair again`;
    given.add({ kind: 'leave', ...about, why });
  }
  return storage.active;
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
