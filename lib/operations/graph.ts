import { dotGraph, hostGraph, mermaidGraph } from '../layers';
import type { Context } from './context';
import type { LayerRequest } from './layers';
import { readLayers } from './layers';

/** The formats that a graph is written in. */
export const GRAPH_FORMATS = ['mermaid', 'dot', 'svg'] as const;

/** A format that a graph is written in. */
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/**
 * The layers of the project's hosts as they are on disk, drawn.
 *
 * @throws UserError when there is no such host
 */
export async function graph(format: GraphFormat, request: LayerRequest, context: Context): Promise<string> {
  const hosts = (await readLayers(request, context)).map((host, index) => hostGraph(host, `h${index}`));
  if (format === 'mermaid') return mermaidGraph(hosts);
  const dot = dotGraph(hosts);
  if (format === 'dot') return dot;
  context.progress('draw');
  // Graphviz is a megabyte of WebAssembly: only who draws loads it.
  const { instance } = await import('@viz-js/viz');
  return (await instance()).renderString(dot, { format: 'svg' });
}
