import type { PowerState } from '../../tools/machines';

/** A volume of the storage pool, as libvirt describes it. */
export interface VolumeFacts {
  readonly name: string;
  readonly path: string;
  /** The virtual size in bytes. */
  readonly capacity: number;
  /** The space that it takes, in bytes. */
  readonly allocation: number;
  /** The format that libvirt has found; of a raw volume it is whatever a guest has written. */
  readonly format: string;
  /** When its bytes were last changed, in seconds since 1970, as libvirt writes it. */
  readonly modified: string;
  /** The path of its backing file. */
  readonly backing?: string;
}

/** A machine, as libvirt lists it. */
export interface ListedMachine {
  readonly name: string;
  readonly uuid: string;
  readonly state: PowerState;
  /** Whether it is off with a saved memory image. */
  readonly saved: boolean;
  readonly autostart: boolean;
  /** The names of its snapshots. */
  readonly snapshots: readonly string[];
  /** Its definition at its next start (`virsh dumpxml --inactive --security-info`). */
  readonly xml: string;
}

/** The storage pool as libvirt has it. */
export interface ListedStorage {
  readonly path: string;
  readonly active: boolean;
  /** Free space in bytes. */
  readonly available: number;
}

/** What is on a host: one listing of the storage pool and one of the machines. */
export interface Listing {
  /** `undefined` when libvirt has no storage pool of that name. */
  readonly storage: ListedStorage | undefined;
  /** The paths of the storage pool's volumes. */
  readonly volumes: ReadonlySet<string>;
  /** All machines of the host, by name. */
  readonly machines: ReadonlyMap<string, ListedMachine>;
}
