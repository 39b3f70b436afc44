import { plain } from '../../review/reporters/phrases';
import type { GraphNode, HostGraph, NodeKind } from '../graph';
import { COLORS, KIND_TEXT, kindsOf } from './kinds';

/** How a node of each kind begins and ends. */
const SHAPES: Readonly<Record<NodeKind, readonly [string, string]>> = {
  machine: ['([', '])'],
  base: ['[(', ')]'],
  data: ['[', ']'],
  overlay: ['[', ']'],
  retained: ['[', ']'],
  orphan: ['[', ']'],
  other: ['[', ']'],
  unknown: ['{{', '}}'],
};

/** Renders the layers of hosts as a Mermaid flowchart: who stands points to what is below. */
export function mermaidGraph(hosts: readonly HostGraph[]): string {
  return [
    'flowchart LR',
    ...hosts.flatMap(hostLines),
    ...kindsOf(hosts).map((kind) => `  classDef ${kind} ${styleOf(kind)}`),
    ...kindsOf(hosts).map((kind) => `  %% ${kind}: ${KIND_TEXT[kind]}`),
    '',
  ].join('\n');
}

function hostLines({ id, title, nodes, edges }: HostGraph): string[] {
  const orphans = nodes.filter(({ kind }) => kind === 'orphan');
  const others = nodes.filter(({ kind }) => kind !== 'orphan');
  return [
    `  subgraph ${id}["${escaped(title)}"]`,
    ...others.map((node) => `    ${nodeText(node)}`),
    '  end',
    ...(orphans.length === 0
      ? []
      : [
          `  subgraph ${id}orphans["${escaped(`Orphans on ${title}`)}"]`,
          ...orphans.map((node) => `    ${nodeText(node)}`),
          '  end',
        ]),
    ...edges.map(({ from, to, label }) =>
      label === undefined ? `  ${from} --> ${to}` : `  ${from} -- "${escaped(label)}" --> ${to}`,
    ),
  ];
}

function nodeText({ id, kind, lines }: GraphNode): string {
  const [begin, end] = SHAPES[kind];
  return `${id}${begin}"${lines.map(escaped).join('<br/>')}"${end}:::${kind}`;
}

function styleOf(kind: NodeKind): string {
  const { fill, line, dashed } = COLORS[kind];
  return `fill:${fill},stroke:${line},color:#111${dashed ? ',stroke-dasharray:4 3' : ''}`;
}

/** A text in Mermaid's double quotes, where `#CODE;` stands for a character (Mermaid, "Entity codes to escape characters"). */
function escaped(text: string): string {
  return plain(text).replace(/[^\p{L}\p{N} ./:,()+_=?@-]/gu, (character) => `#${character.codePointAt(0)};`);
}
