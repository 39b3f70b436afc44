import type { ListedMachine, ListedVolume, Listing } from './facts';

/** The listing of a host: asked once a process, and kept up to date with what this process does. */
export interface HostListing {
  /**
   * What was on the host at the first question in this process, with what this process has changed since; whoever keeps
   * it sees later changes, too.
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
  /**
   * Asks again for one machine, and notes the answer; `undefined` when libvirt has none of that name.
   *
   * @throws UserError when libvirt is not reachable
   */
  machine(name: string): Promise<ListedMachine | undefined>;
  /** This process has made or changed a volume; what `Volumes.facts` tells of it is enough. */
  noteVolume(volume: ListedVolume): void;
  /** This process has deleted the volume of that path. */
  forgetVolume(path: string): void;
  /** This process has defined or changed a machine. */
  noteMachine(machine: ListedMachine): void;
  /** This process has undefined the machine of that name. */
  forgetMachine(name: string): void;
}
