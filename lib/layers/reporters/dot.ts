import { plain } from '../../review/reporters/phrases';
import type { GraphNode, HostGraph, NodeKind } from '../graph';
import { COLORS } from './kinds';

const SHAPES: Readonly<Record<NodeKind, string>> = {
  machine: 'oval',
  base: 'cylinder',
  data: 'folder',
  overlay: 'box',
  retained: 'box',
  orphan: 'box',
  other: 'note',
  unknown: 'hexagon',
};

/** Renders the layers of hosts as a Graphviz digraph: who stands points to what is below. */
export function dotGraph(hosts: readonly HostGraph[]): string {
  return [
    'digraph layers {',
    '  rankdir=LR',
    '  node [fontname="Helvetica,Arial,sans-serif", fontsize=11, style=filled]',
    '  edge [fontname="Helvetica,Arial,sans-serif", fontsize=9, color="#555555"]',
    '  graph [fontname="Helvetica,Arial,sans-serif", fontsize=12, style=rounded, color="#bbbbbb"]',
    ...hosts.flatMap(hostLines),
    '}',
    '',
  ].join('\n');
}

function hostLines({ id, title, nodes, edges }: HostGraph): string[] {
  const orphans = nodes.filter(({ kind }) => kind === 'orphan');
  const others = nodes.filter(({ kind }) => kind !== 'orphan');
  return [
    ...cluster(id, title, others),
    ...(orphans.length === 0 ? [] : cluster(`${id}_orphans`, `Orphans on ${title}`, orphans)),
    ...edges.map(
      ({ from, to, label }) =>
        `  ${from} -> ${to}${label === undefined ? '' : ` [label=${quoted([label])}]`}`,
    ),
  ];
}

function cluster(id: string, title: string, nodes: readonly GraphNode[]): string[] {
  return [
    `  subgraph cluster_${id} {`,
    `    label=${quoted([title])}`,
    ...nodes.map((node) => `    ${nodeText(node)}`),
    '  }',
  ];
}

function nodeText({ id, kind, lines }: GraphNode): string {
  const { fill, line, dashed } = COLORS[kind];
  const style = dashed ? ', style="filled,dashed"' : '';
  return `${id} [label=${quoted(lines)}, shape=${SHAPES[kind]}, fillcolor="${fill}", color="${line}"${style}]`;
}

/** Lines as a string of DOT, in which a backslash begins an escape, and `&NAME;` a character (Graphviz, "escString"). */
function quoted(lines: readonly string[]): string {
  const text = lines.map((line) =>
    plain(line).replace(/&/g, '&amp;').replace(/\\/g, '\\\\').replace(/"/g, '\\"'),
  );
  return `"${text.join('\\n')}"`;
}
