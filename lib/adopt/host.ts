import { Layers } from '../layers';
import type { HostContents, HostFile } from '../model/host-contents';
import type { Qcow2Header } from '../model/qcow2-header';

/** A host's files and who uses them. */
export class HostIndex {
  private readonly layers: Layers;

  constructor(
    readonly contents: HostContents,
    private readonly headers: ReadonlyMap<string, Qcow2Header> = new Map(),
  ) {
    this.layers = new Layers(contents);
  }

  /** The file at a path. */
  file(path: string): HostFile | undefined {
    return this.layers.files.get(path);
  }

  /** What the header of a file says that a machine has as qcow2. */
  header(path: string): Qcow2Header | undefined {
    return this.headers.get(path);
  }

  /** The machines that have a file as a disk, now, at their next start or in what they are brought back to. */
  usersOf(path: string): string[] {
    return [...new Set(this.layers.usesAt(path).map(({ machine }) => machine))].sort();
  }

  /** The files that stand on a file. */
  standingOn(path: string): readonly string[] {
    return this.layers.rightAbove(path);
  }
}
