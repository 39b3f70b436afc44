/** The types of storage pools whose volumes are files in a folder, which change without libvirt's knowledge. */
export const FOLDER_POOLS: readonly string[] = ['dir', 'fs', 'netfs'];

/** A storage pool of a host. */
export interface HostPool {
  readonly name: string;
  /** libvirt's type, such as `dir`, `fs`, `netfs` or `logical`. */
  readonly type: string;
  readonly path: string;
  /** Whether libvirt has it open; nothing is known of what is in one that is not. */
  readonly active: boolean;
  /** Why libvirt could not look into its folder anew, in its own words: files that came or went since are not known. */
  readonly stale?: string;
}

/** A file that another one or a machine is said to stand on. */
export interface HostLink {
  /** The path, normalized; what is not on this host (`nbd://…`) is as it is written. */
  readonly path: string;
  /** The format that the link fixes, such as `qcow2`; left out when it says none. */
  readonly format?: string;
}

/** Whether a file is there: `unread` when that or what is below it cannot be told, `network` when it is not on the host. */
export type FilePresence = 'present' | 'missing' | 'unread' | 'network';

/** A file or device of a host: a volume of a storage pool, or one that only a machine or another file names. */
export interface HostFile {
  readonly path: string;
  readonly presence: FilePresence;
  /** Why it is `unread`. */
  readonly reason?: string;
  /** The storage pool that has it; left out when none has. */
  readonly pool?: string;
  /** Its name in the storage pool. */
  readonly name?: string;
  /** What is the same for all names of one file: symbolic links, hard links and mounts of the same folder. */
  readonly identity: string;
  /** The format that libvirt or QEMU finds, or, where neither can look, the one that is said by what stands on it. */
  readonly format?: string;
  /** Virtual size in bytes. */
  readonly capacity?: number;
  /** Bytes that it takes on the host. */
  readonly allocation?: number;
  /** Permission bits, such as `0o444`. */
  readonly mode?: number;
  /** When its bytes were last changed, in seconds since 1970. */
  readonly modified?: number;
  readonly backing?: HostLink;
}

/** A disk of a machine as one of its definitions has it. */
export interface HostDisk {
  /** The device name, such as `vda`. */
  readonly target: string;
  /** `disk`, `cdrom`, `floppy` or `lun`. */
  readonly device: string;
  readonly bus: string;
  /** The driver's format; libvirt takes what has none as `raw`. */
  readonly format: string;
  /** The file or device, normalized; left out for a drive without a medium and for what is not on the host. */
  readonly path?: string;
  /** The volume by which it is defined, where it is not by a path. */
  readonly volume?: { readonly pool: string; readonly name: string };
  /** Where it is, when that is not on the host, such as `rbd:images/one`. */
  readonly network?: string;
  /** The files below it, the nearest first, as the definition itself says; left out when it says nothing. */
  readonly backingChain?: readonly HostLink[];
}

/** The disks of a machine in a state that it can be brought back to. */
export interface KeptDefinition {
  /** `saved memory`, or `snapshot NAME`. */
  readonly of: string;
  readonly disks: readonly HostDisk[];
}

/** A machine of a host. */
export interface HostDomain {
  readonly name: string;
  readonly uuid: string;
  readonly running: boolean;
  /** Its definition at its next start (`virsh dumpxml --inactive`), without passwords. */
  readonly xml: string;
  /** The element `metadata` of the definition, as it is written; left out when there is none. */
  readonly metadata?: string;
  /** The disks at its next start. */
  readonly disks: readonly HostDisk[];
  /** The disks that it has now; none when it is off. */
  readonly liveDisks: readonly HostDisk[];
  /** What a snapshot or a saved memory image brings back. */
  readonly kept: readonly KeptDefinition[];
}

/** Everything on a host that has to do with volumes, as libvirt has it. */
export interface HostContents {
  readonly pools: readonly HostPool[];
  /** Every volume, and every file outside of the storage pools that a machine or another file names; by path. */
  readonly files: readonly HostFile[];
  readonly domains: readonly HostDomain[];
}
