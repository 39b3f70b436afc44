import type { HostContents, HostDisk, HostDomain, HostFile } from '../model/host-contents';

/** A disk by which a machine stands on a file. */
export interface DiskUse {
  readonly machine: string;
  /** `running`, `next start`, `saved memory` or `snapshot NAME`. */
  readonly of: string;
  readonly target: string;
  /** The file that the disk is on. */
  readonly path: string;
}

/** A chain that leads to a file of which nobody can say what is below it. */
export interface Gap {
  /** The file that is not known. */
  readonly path: string;
  readonly reason: string;
  /** The files and machines whose chain goes through it, in words. */
  readonly from: readonly string[];
}

/** What stands on a file, through however many others. */
export interface Dependents {
  /** The files that have it in their backing chains, by path. */
  readonly files: readonly string[];
  /** The disks that are on it or on one of these files. */
  readonly uses: readonly DiskUse[];
}

/** The files of a host and what stands on what, by their backing chains; names of one file count as one. */
export class Layers {
  readonly files: ReadonlyMap<string, HostFile>;
  /** All disks of all machines, whatever definition has them. */
  readonly uses: readonly DiskUse[];
  private readonly below = new Map<string, Set<string>>();
  private readonly above = new Map<string, Set<string>>();
  private readonly names = new Map<string, string[]>();
  private readonly usesByFile = new Map<string, DiskUse[]>();

  constructor(readonly contents: HostContents) {
    this.files = new Map(contents.files.map((file) => [file.path, file]));
    for (const { path, identity, backing } of contents.files) {
      this.names.set(identity, [...(this.names.get(identity) ?? []), path]);
      if (backing) this.link(path, backing.path);
    }
    this.uses = contents.domains.flatMap((domain) => this.usesOf(domain));
    for (const use of this.uses) {
      const key = this.key(use.path);
      this.usesByFile.set(key, [...(this.usesByFile.get(key) ?? []), use]);
    }
  }

  /** All names of a file, itself among them. */
  namesOf(path: string): readonly string[] {
    return this.names.get(this.key(path)) ?? [path];
  }

  /** The files right below a file; more than one where a machine's definition says another chain than the file itself. */
  rightBelow(path: string): readonly string[] {
    return [...new Set(this.namesOf(path).flatMap((name) => [...(this.below.get(name) ?? [])]))].sort();
  }

  /** The disks that are on a file itself. */
  usesAt(path: string): readonly DiskUse[] {
    return this.usesByFile.get(this.key(path)) ?? [];
  }

  /** The files that have this one right below them. */
  rightAbove(path: string): readonly string[] {
    return [...(this.above.get(this.key(path)) ?? [])].sort();
  }

  /** What stands on a file. */
  dependents(path: string): Dependents {
    const start = this.key(path);
    const keys = new Set([start]);
    const files = new Set<string>();
    const wanted = [start];
    for (let key = wanted.pop(); key !== undefined; key = wanted.pop()) {
      for (const file of this.above.get(key) ?? []) {
        const next = this.key(file);
        if (next !== start) for (const name of this.namesOf(file)) files.add(name);
        if (keys.has(next)) continue;
        keys.add(next);
        wanted.push(next);
      }
    }
    const uses = [...keys].flatMap((key) => this.usesByFile.get(key) ?? []);
    return { files: [...files].sort(), uses: uses.sort(byUse) };
  }

  /** Every chain that cannot be followed to its end, so that it might go through any file. */
  gaps(): Gap[] {
    return (
      this.contents.files
        // What is used as raw stands on nothing, whatever is in it.
        .filter(({ presence, format }) => presence === 'unread' && format !== 'raw')
        .map(({ path, reason }) => {
          const { files, uses } = this.dependents(path);
          const machines = [...new Set(uses.map(({ machine }) => `machine ${machine}`))];
          return { path, reason: reason ?? 'it cannot be read', from: [...machines, ...files] };
        })
    );
  }

  private usesOf({ name, running, disks, liveDisks, kept }: HostDomain): DiskUse[] {
    const all: (readonly [string, readonly HostDisk[]])[] = [
      ['next start', disks],
      ...(running ? [['running', liveDisks] as const] : []),
      ...kept.map((one) => [one.of, one.disks] as const),
    ];
    return all.flatMap(([of, list]) =>
      list.flatMap(({ target, path, backingChain }) => {
        if (path === undefined) return [];
        // What a definition says of its chain holds for the machine, whatever the files say.
        let above = path;
        for (const link of backingChain ?? []) {
          this.link(above, link.path);
          above = link.path;
        }
        return [{ machine: name, of, target, path }];
      }),
    );
  }

  private link(path: string, below: string): void {
    this.below.set(path, (this.below.get(path) ?? new Set()).add(below));
    const key = this.key(below);
    this.above.set(key, (this.above.get(key) ?? new Set()).add(path));
  }

  private key(path: string): string {
    return this.files.get(path)?.identity ?? path;
  }
}

function byUse(one: DiskUse, other: DiskUse): number {
  return text(one) < text(other) ? -1 : 1;
}

function text({ machine, of, target, path }: DiskUse): string {
  return `${machine}\n${of}\n${target}\n${path}`;
}
