import type { Construct } from 'constructs';
import { LibvirtHost } from 'regraft';

/**
 * The host of an example: this machine's libvirt, with a storage pool of the example's own.
 *
 * `REGRAFT_URI` and `REGRAFT_STORAGE` in the environment put all examples on another one.
 */
export function exampleHost(scope: Construct, name: string): LibvirtHost {
  const { REGRAFT_URI: uri = 'qemu:///system', REGRAFT_STORAGE: folder = '/var/lib/libvirt/regraft' } =
    process.env;
  return new LibvirtHost(scope, 'host', { uri, storage: { name, path: `${folder}/${name}` } });
}
