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
  /**
   * The format that the file itself fixes for its backing file, `null` when it fixes none; left out when it was not
   * read. What libvirt says of it may be a guess of libvirt's.
   */
  readonly backingFormat?: string | null;
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

/** A local image, or one behind a URL, that the plan uploads. */
export interface ImageFact {
  /** The volumes that it is uploaded to. */
  readonly addresses: readonly string[];
  /** Its path or URL, as a person knows it. */
  readonly image: string;
  /** Its SHA-256, left out when it was not computed. */
  readonly sha256?: string;
  /** The size in bytes that a guest sees, left out when it is not known. */
  readonly virtualSize?: number;
  /** What keeps it from being a base. */
  readonly problems: readonly string[];
  /** What was not checked of it, and how to have it checked. */
  readonly unchecked?: string;
}

/** What a base volume on a host was found to be, when it was asked for. */
export interface DigestFact {
  readonly host: string;
  readonly base: string;
  readonly volume: string;
  /** The file name. */
  readonly file: string;
  /** The SHA-256 of its file; left out when it could not be read. */
  readonly found?: string;
  /** Why it could not be read. */
  readonly obstacle?: string;
  /** The SHA-256 that was recorded when it was made. */
  readonly recorded?: string;
}

/** The firmware that can boot a base volume, as its partition table says. */
export interface BootFact {
  readonly host: string;
  readonly base: string;
  readonly volume: string;
  /** Never empty: what cannot be told is left out altogether. */
  readonly boots: readonly ('bios' | 'uefi')[];
}
