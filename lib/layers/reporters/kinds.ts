import type { HostGraph, NodeKind } from '../graph';

/** The kinds of nodes in words, in the order of a legend. */
export const KIND_TEXT: Readonly<Record<NodeKind, string>> = {
  machine: 'machine',
  overlay: 'overlay that a machine is on',
  retained: 'retained overlay, the way back of a rebase',
  data: 'data volume',
  base: 'base volume',
  other: 'file of other origin',
  unknown: 'file that is missing or cannot be looked into',
  orphan: 'orphan, which no state and no machine knows',
};

/** The look of each kind; colours say nothing that shape and words do not. */
export const COLORS: Readonly<
  Record<NodeKind, { readonly fill: string; readonly line: string; readonly dashed: boolean }>
> = {
  machine: { fill: '#e8eaf6', line: '#3f51b5', dashed: false },
  overlay: { fill: '#e3f2fd', line: '#1976d2', dashed: false },
  retained: { fill: '#f3f8fd', line: '#90a4ae', dashed: true },
  data: { fill: '#e8f5e9', line: '#388e3c', dashed: false },
  base: { fill: '#fff3e0', line: '#ef6c00', dashed: false },
  other: { fill: '#f5f5f5', line: '#757575', dashed: false },
  unknown: { fill: '#ffebee', line: '#c62828', dashed: true },
  orphan: { fill: '#fffde7', line: '#f9a825', dashed: true },
};

/** The kinds that a picture has, in the order of a legend. */
export function kindsOf(hosts: readonly HostGraph[]): NodeKind[] {
  const found = new Set(hosts.flatMap(({ nodes }) => nodes.map(({ kind }) => kind)));
  return (Object.keys(KIND_TEXT) as NodeKind[]).filter((kind) => found.has(kind));
}
