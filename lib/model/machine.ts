import type { Size } from './size';

/** How a machine is attached to a network. */
export type NetworkAttachment =
  { readonly kind: 'named'; readonly network: string } | { readonly kind: 'bridge'; readonly bridge: string };

/** The firmware that a machine boots by. */
export type Firmware =
  | { readonly kind: 'bios' }
  | { readonly kind: 'uefi'; readonly loader: string; readonly nvramTemplate: string };

/** The machine's screen. */
export type Graphics =
  { readonly kind: 'none' } | { readonly kind: 'vnc' | 'spice'; readonly listen: string };

/** What cloud-init is told at boot (its NoCloud data source). */
export interface CloudInit {
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig?: string;
}

/** A machine's shape: all that libvirt needs to know of it besides its disks. */
export interface Machine {
  readonly vcpus: number;
  /** Memory in bytes. */
  readonly memory: number;
  readonly architecture: string;
  readonly machineType: string;
  readonly firmware: Firmware;
  readonly accelerator: 'kvm' | 'qemu';
  readonly cpuMode: string;
  readonly networks: readonly NetworkAttachment[];
  readonly graphics: Graphics;
  readonly guestAgent: boolean;
  readonly autostart: boolean;
  /** A folder on the host where each machine's serial console is written to `CLONE.log`. */
  readonly consoleLogs?: string;
}

/** The memory of a machine as written by a user. */
export type Memory = Size;
