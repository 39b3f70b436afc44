import type { DefinedMachine } from '../model/defined-machine';
import type { HostContents } from '../model/host-contents';
import type { ProviderGeneration } from '../model/host';
import type { Machine } from '../model/machine';
import type { Qcow2Header } from '../model/qcow2-header';
import type { Bus, ImageFormat, VolumeType } from '../model/volume-type';

/** What a proposal is made from. */
export interface AdoptGiven {
  readonly contents: HostContents;
  /** The definitions of the machines by UUID. */
  readonly machines: ReadonlyMap<string, DefinedMachine>;
  /** The headers of the files that machines have as qcow2, by path. */
  readonly headers: ReadonlyMap<string, Qcow2Header>;
  /** The names of the machines that start with the host. */
  readonly autostart: ReadonlySet<string>;
  readonly generation: ProviderGeneration;
  /** The machines that are asked for; empty for all. */
  readonly domains: readonly string[];
  /** The image that they have to stand on, by path or file name. */
  readonly base?: string;
  /** The name of the clone pool. */
  readonly pool?: string;
  /** Elements that machines may lose when they are defined anew, by libvirt's names. */
  readonly without: readonly string[];
}

/** A volume of a base, as the code is to say it. */
export interface ProposedVolume {
  readonly type: VolumeType;
  readonly bus: Bus;
  /** The file that the clones' overlays stand on; left out for a blank temporary and a data volume. */
  readonly existing?: string;
  /** The format of that file, as every overlay on it fixes it. */
  readonly format?: ImageFormat;
  /** Virtual size in bytes. */
  readonly size?: number;
  readonly boot: boolean;
}

/** A volume of a machine that is adopted. */
export interface AdoptedFile {
  readonly volume: string;
  readonly type: VolumeType;
  /** The device name, such as `vda`. */
  readonly target: string;
  readonly file: string;
  readonly format: ImageFormat;
  /** Virtual size in bytes. */
  readonly size: number;
  /** The file that it stands on. */
  readonly backing?: string;
}

/** A machine as a clone. */
export interface ProposedClone {
  readonly name: string;
  readonly uuid: string;
  readonly macs: readonly string[];
  readonly vcpus: number;
  /** Memory in bytes. */
  readonly memory: number;
  readonly volumes: readonly AdoptedFile[];
  /** What changes at the next rebase and loses nothing. */
  readonly notes: readonly string[];
}

/** A base and the pool of the clones that stand on it. */
export interface ProposedPool {
  readonly pool: string;
  readonly base: { readonly name: string; readonly volumes: Readonly<Record<string, ProposedVolume>> };
  readonly storage: { readonly name: string; readonly path: string };
  /** The shape that most of the clones have. */
  readonly machine: Machine;
  readonly clones: readonly ProposedClone[];
  /** What is to be known of the base. */
  readonly notes: readonly string[];
}

/** A machine that is not adopted, and why. */
export interface LeftMachine {
  readonly machine: string;
  readonly reasons: readonly string[];
}

/** What `regraft adopt` proposes. */
export interface Proposal {
  readonly pools: readonly ProposedPool[];
  readonly left: readonly LeftMachine[];
}
