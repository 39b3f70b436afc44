import type { HostContents, HostDisk, HostDomain, HostFile } from '../model/host-contents';
import type { Qcow2Header } from '../model/qcow2-header';

/** A host's files and who uses them. */
export class HostIndex {
  private readonly files: ReadonlyMap<string, HostFile>;
  private readonly users = new Map<string, Set<string>>();
  private readonly above = new Map<string, string[]>();

  constructor(
    readonly contents: HostContents,
    private readonly headers: ReadonlyMap<string, Qcow2Header> = new Map(),
  ) {
    this.files = new Map(contents.files.map((file) => [file.path, file]));
    for (const domain of contents.domains) {
      for (const path of [...disksOf(domain)].flatMap((disk) => disk.path ?? [])) {
        const key = this.identity(path);
        this.users.set(key, (this.users.get(key) ?? new Set()).add(domain.name));
      }
    }
    for (const { path, backing } of contents.files) {
      if (backing === undefined) continue;
      const key = this.identity(backing.path);
      this.above.set(key, [...(this.above.get(key) ?? []), path]);
    }
  }

  /** The file at a path. */
  file(path: string): HostFile | undefined {
    return this.files.get(path);
  }

  /** What the header of a file says that a machine has as qcow2. */
  header(path: string): Qcow2Header | undefined {
    return this.headers.get(path);
  }

  /** The machines that have a file as a disk, now, at their next start or in what they are brought back to. */
  usersOf(path: string): string[] {
    return [...(this.users.get(this.identity(path)) ?? [])].sort();
  }

  /** The files that stand on a file. */
  standingOn(path: string): string[] {
    return [...(this.above.get(this.identity(path)) ?? [])].sort();
  }

  /** Whether two paths are those of one file. */
  isSame(one: string, other: string): boolean {
    return this.identity(one) === this.identity(other);
  }

  private identity(path: string): string {
    return this.files.get(path)?.identity ?? path;
  }
}

function disksOf({ disks, liveDisks, kept }: HostDomain): HostDisk[] {
  return [...disks, ...liveDisks, ...kept.flatMap((one) => one.disks)];
}
