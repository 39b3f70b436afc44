/** A disk of a machine as libvirt has it. */
export interface DiskFact {
  /** The device name, such as `vda`. */
  readonly target: string;
  /** The file or device; left out when it is empty, as a drive without a medium is. */
  readonly path?: string;
  /** Where the volume would be that it is defined on, when the storage pool has none of that name. */
  readonly missing?: string;
  /** `disk`, `cdrom` or `floppy`. */
  readonly device: string;
  /** The files below it, the nearest first. */
  readonly backingChain: readonly string[];
}

/** A machine as libvirt has it. */
export interface DomainFact {
  readonly name: string;
  readonly uuid: string;
  readonly running: boolean;
  readonly disks: readonly DiskFact[];
}

/** A volume of the storage pool as libvirt has it. */
export interface VolumeFact {
  /** The file name. */
  readonly name: string;
  readonly path: string;
  /** Bytes that it takes now. */
  readonly allocation: number;
  /** Bytes that the guest sees. */
  readonly capacity: number;
  /** The format that libvirt found, such as `qcow2`. */
  readonly format?: string;
  /** The path of its backing file. */
  readonly backing?: string;
}

/** Something on a host whose backing chain goes through a base volume, in whatever storage pool or folder it is. */
export interface DependentFact {
  /** The file name of the base volume. */
  readonly base: string;
  /** The file that the chain comes from: the dependent itself, or the base where a machine is right on it. */
  readonly path: string;
  /** The machines on it, in words such as `machine student-01`, `machine old (snapshot before)`. */
  readonly machines: readonly string[];
}

/** What libvirt says of one host; collected by an operation, since the judge does no I/O. */
export interface HostFacts {
  /** The host's name in the manifest. */
  readonly host: string;
  readonly domains: readonly DomainFact[];
  /** The volumes of the storage pool that regraft owns there. */
  readonly volumes: readonly VolumeFact[];
  /** Bytes that are free in the storage pool. */
  readonly available: number;
  /** What stands on the base volumes that the plan retires or deletes; left out when there are none of them. */
  readonly dependents?: readonly DependentFact[];
  /** What could not be looked into for it, one sentence each. */
  readonly unknown?: readonly string[];
}
