import { Machines } from '../../tools/machines';
import type { Surroundings } from '../../tools/process';
import { VirshShells } from '../../tools/virsh-shells';
import { Volumes } from '../../tools/volumes';
import type { HostListing } from './host-listing';
import { LibvirtListing } from './libvirt-listing';

/** A host over a few processes of virsh that stay until `connection` is closed. */
export function connect(
  uri: string,
  storage: string,
  surroundings: Surroundings,
): {
  readonly connection: VirshShells;
  readonly machines: Machines;
  readonly volumes: Volumes;
  readonly listing: HostListing;
} {
  const connection = new VirshShells(uri, surroundings);
  return {
    connection,
    machines: new Machines(uri, surroundings, connection),
    volumes: new Volumes(uri, storage, surroundings, connection),
    listing: new LibvirtListing(connection, storage),
  };
}
