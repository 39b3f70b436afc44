import type { Element } from './libvirt-xml';

/** The children of an element by one name, of which there may be none, one or several. */
export function elementsOf(parent: Element | undefined, name: string): readonly Element[] {
  const found = parent?.[name];
  if (Array.isArray(found)) return found as readonly Element[];
  return typeof found === 'object' ? [found as Element] : [];
}

/** The names of an element's children, each once. */
export function childrenOf(parent: Element | undefined): string[] {
  return Object.keys(parent ?? {}).filter((name) => !name.startsWith('@') && name !== '#text');
}
