import type { NetworkAttachment } from '../model/machine';

/** A network that machines are attached to. */
export class Network {
  /** A network that libvirt manages, by its name, such as `default`. */
  static named(network: string): Network {
    return new Network({ kind: 'named', network });
  }

  /** A bridge of the host, such as `br0`. */
  static bridge(bridge: string): Network {
    return new Network({ kind: 'bridge', bridge });
  }

  private constructor(readonly attachment: NetworkAttachment) {}
}
