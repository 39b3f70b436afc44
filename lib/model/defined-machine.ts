import type { Machine } from './machine';

/** A part of a machine's definition that regraft does not write when it defines the machine anew. */
export interface Unmodelled {
  /** libvirt's name of the element, such as `redirdev`. */
  readonly element: string;
  /** What it is, such as `redirdev spicevmc`. */
  readonly text: string;
  /** Whether nobody can give it up, since Terraform would change the machine at once for it. */
  readonly lasting: boolean;
}

/** The shape of a machine as libvirt has it defined, whoever made it. */
export interface DefinedMachine {
  readonly machine: Omit<Machine, 'autostart'>;
  /** The MAC addresses of its network interfaces, in their order. */
  readonly macs: readonly string[];
  /** The device of the disk that it boots from; left out when it has none. */
  readonly boot?: string;
  readonly unmodelled: readonly Unmodelled[];
  /** What changes when it is defined anew and loses nothing. */
  readonly notes: readonly string[];
}
