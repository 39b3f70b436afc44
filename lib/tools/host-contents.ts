import type { HostContents } from '../model/host-contents';
import { FilesOfHost } from './host-chains';
import { readDomains } from './host-domains';
import { isOnThisMachine } from './host-files';
import { readPools, readVolumes } from './host-volumes';
import type { Surroundings } from './process';
import { VirshConnection } from './virsh-connection';

/**
 * Everything on a host that has to do with volumes: all storage pools that are active (looked into anew) with all their
 * volumes, all machines, and the backing chains of both through whatever files they lead.
 *
 * A file that no storage pool has is read where the host is this machine; elsewhere it is `unread`, unless a running
 * machine tells its chain. A file that no storage pool has and that nothing names is not known to anybody.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readHostContents(uri: string, surroundings: Surroundings): Promise<HostContents> {
  const connection = new VirshConnection(uri, surroundings);
  const [pools, domains] = await Promise.all([readPools(connection), readDomains(connection)]);
  const volumes = await readVolumes(
    connection,
    new VirshConnection(uri, surroundings, 'C.UTF-8'),
    pools.filter(({ active }) => active).map(({ name }) => name),
  );
  const local = isOnThisMachine(uri);
  const files = new FilesOfHost(pools, volumes, local ? surroundings : undefined);
  await files.identify();
  await files.follow(domains);
  return {
    pools,
    files: files.all(),
    domains: domains.map((domain) => files.located(domain)),
  };
}
