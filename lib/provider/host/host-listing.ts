import type { ListedMachine, Listing, VolumeFacts } from './facts';

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
   * What libvirt says of volumes, by path, those that are not there left out; each is asked for once, since that takes
   * longer than all else of a listing.
   *
   * @param paths left out, all of the storage pool
   * @throws UserError when libvirt is not reachable
   */
  facts(paths?: Iterable<string>): Promise<ReadonlyMap<string, VolumeFacts>>;
  /**
   * Asks again for one machine, and notes the answer; `undefined` when libvirt has none of that name.
   *
   * @throws UserError when libvirt is not reachable
   */
  machine(name: string): Promise<ListedMachine | undefined>;
  /** This process has made or changed a volume; what `Volumes.facts` tells of it is enough. */
  noteVolume(volume: VolumeFacts): void;
  /** This process has deleted the volume of that path. */
  forgetVolume(path: string): void;
  /** This process has defined or changed a machine. */
  noteMachine(machine: ListedMachine): void;
  /** This process has undefined the machine of that name. */
  forgetMachine(name: string): void;
}
