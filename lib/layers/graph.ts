import { posix } from 'node:path';
import type { HostDomain, HostFile } from '../model/host-contents';
import { compareNames } from '../model/outline';
import { roundedSize } from '../model/size';
import { HostView } from './bases';
import type { LayerInput } from './input';

/** What a node of the graph is. */
export type NodeKind = 'base' | 'overlay' | 'retained' | 'data' | 'other' | 'unknown' | 'machine' | 'orphan';

/** A file or machine of a host. */
export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  /** What is written in it, a line each. */
  readonly lines: readonly string[];
}

/** That one stands on another. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

/** The layers of one host. */
export interface HostGraph {
  /** A word that no other host of the same picture has. */
  readonly id: string;
  readonly title: string;
  /** Machines by name, then files by path, orphans among them. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** The layers of a host as they are on disk, in an order that depends on nothing but them; `id` is its own in the picture. */
export function hostGraph(input: LayerInput, id = 'h0'): HostGraph {
  return new Drawing(input, id).graph();
}

class Drawing {
  private readonly view: HostView;
  private readonly shown: readonly HostFile[];
  private readonly ids: ReadonlyMap<string, string>;

  constructor(
    private readonly input: LayerInput,
    private readonly id: string,
  ) {
    this.view = new HostView(input);
    this.shown = input.contents.files.filter((file) => this.isShown(file));
    this.ids = new Map(this.shown.map(({ path }, index) => [path, `${id}f${index}`]));
  }

  graph(): HostGraph {
    const machines = [...this.input.contents.domains]
      .sort((one, other) => compareNames(one.name, other.name))
      .map((domain, index) => ({ domain, node: this.machineNode(domain, `${this.id}m${index}`) }));
    return {
      id: this.id,
      title: `${this.input.host}: ${this.input.uri}`,
      nodes: [...machines.map(({ node }) => node), ...this.shown.map((file) => this.fileNode(file))],
      edges: [
        ...machines.flatMap(({ domain, node }) => this.disks(domain.name, node.id)),
        ...this.shown.flatMap(({ path }) => this.links(path)),
      ],
    };
  }

  /** What has nothing to do with layers, such as the images of installers that no machine has, is left out. */
  private isShown({ path, format }: HostFile): boolean {
    const { layers, owners } = this.view;
    return (
      format !== 'dir' &&
      (layers.usesAt(path).length > 0 ||
        layers.rightAbove(path).length > 0 ||
        layers.rightBelow(path).length > 0 ||
        owners.bases.has(path) ||
        owners.clones.has(path))
    );
  }

  private machineNode({ name, running }: HostDomain, id: string): GraphNode {
    return { id, kind: 'machine', lines: [name, running ? 'running' : 'off'] };
  }

  private fileNode(file: HostFile): GraphNode {
    const { path, presence, capacity, allocation, reason } = file;
    const { owners } = this.view;
    const kind = this.kindOf(file);
    const isOurs = owners.folders.has(posix.dirname(path));
    const size =
      capacity === undefined || allocation === undefined
        ? undefined
        : `${roundedSize(allocation)} / ${roundedSize(capacity)}`;
    const state = {
      missing: 'missing',
      unread: reason ?? 'not known',
      network: 'not on this host',
      present: size,
    };
    return {
      id: this.ids.get(path)!,
      kind,
      lines: [
        isOurs ? posix.basename(path) : path,
        ...(kind === 'retained' ? ['retained'] : []),
        ...(state[presence] === undefined ? [] : [state[presence]]),
      ],
    };
  }

  private kindOf({ path, presence }: HostFile): NodeKind {
    const { layers, owners } = this.view;
    if (presence === 'missing' || presence === 'unread') return 'unknown';
    if (owners.bases.has(path)) return 'base';
    const owner = owners.clones.get(path);
    if (owner?.type === 'data' || owner?.type === 'archived') return 'data';
    const isOverlay = layers.rightBelow(path).length > 0;
    if (layers.dependents(path).uses.length > 0) return isOverlay ? 'overlay' : 'other';
    if (owner) return owner.type === 'system' ? 'retained' : 'overlay';
    return owners.isNamedOverlay(path) ? 'orphan' : 'other';
  }

  private disks(machine: string, id: string): GraphEdge[] {
    const labels = new Map<string, Set<string>>();
    for (const use of this.view.layers.uses) {
      const to = this.ids.get(use.path);
      if (use.machine !== machine || to === undefined) continue;
      const isNow = use.of === 'running' || use.of === 'next start';
      labels.set(to, (labels.get(to) ?? new Set()).add(isNow ? use.target : `${use.target} in ${use.of}`));
    }
    return [...labels].map(([to, found]) => ({ from: id, to, label: [...found].sort().join(', ') }));
  }

  private links(path: string): GraphEdge[] {
    const { layers } = this.view;
    const from = this.ids.get(path)!;
    // Another name of a file is drawn as one, and what is below the file is drawn below its first name.
    const [first] = [...layers.namesOf(path)].filter((name) => this.ids.has(name)).sort();
    if (first !== undefined && first !== path)
      return [{ from, to: this.ids.get(first)!, label: 'same file' }];
    return layers.rightBelow(path).flatMap((below) => {
      const to = this.ids.get(below);
      return to === undefined ? [] : [{ from, to }];
    });
  }
}
