import type { Unmodelled } from '../model/defined-machine';
import type { Element } from './libvirt-xml';
import { childrenOf } from './xml-elements';

/** What is found of a definition besides its shape. */
export class Found {
  readonly unmodelled: Unmodelled[] = [];
  readonly notes: string[] = [];

  /** Something that the machine loses when it is defined anew. */
  lost(element: string, said = '', lasting = false): void {
    this.unmodelled.push({ element, text: [element, said].filter((word) => word !== '').join(' '), lasting });
  }

  /** All children of an element but those that are known. */
  others(parent: Element | undefined, known: readonly string[], within?: string): void {
    for (const child of childrenOf(parent)) {
      if (!known.includes(child)) this.lost(within ?? child, within === undefined ? '' : child);
    }
  }
}
