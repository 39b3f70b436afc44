import type { ListedMachine, Listing } from './facts';

/** The listing of a host: asked once a process, and kept up to date with what this process does. */
export interface HostListing {
  /**
   * What was on the host at the first question in this process, with what this process has changed since.
   *
   * @throws UserError when libvirt is not reachable
   */
  read(): Promise<Listing>;
  /**
   * Asks again.
   *
   * @throws UserError when libvirt is not reachable
   */
  refresh(): Promise<Listing>;
  /** Asks again for one machine; `undefined` when libvirt has none of that name. */
  machine(name: string): Promise<ListedMachine | undefined>;
}
