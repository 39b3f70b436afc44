import type { HostFacts } from '../review';
import type { Inventory } from './inventory';
import { cloneKey } from './inventory';
import type { BackingStatus, BaseStatus, CloneStatus, Dependent, Dependents } from './status';
import { fileStatus } from './volumes';

/** What a file is, and whose. */
type Owner = Omit<Dependent, 'path'>;

/** The files of a host and what stands on what, by libvirt's backing chains. */
export class Backings {
  /** The backing file of each file, wherever it is. */
  private readonly backing = new Map<string, string>();
  private readonly owners = new Map<string, Owner>();

  constructor(
    private readonly inventory: Inventory,
    private readonly host: string,
    pools: readonly { readonly pool: string; readonly clones: readonly CloneStatus[] }[],
    orphans: ReadonlySet<string>,
  ) {
    for (const volume of this.facts?.volumes ?? []) this.note(volume.path, volume.backing);
    for (const { disks } of this.facts?.domains ?? []) {
      for (const { path, backingChain } of disks) {
        if (path === undefined) continue;
        [path, ...backingChain].forEach((file, index) => this.note(file, backingChain[index]));
      }
    }
    for (const { role, file } of inventory.holdings) {
      if (file === undefined || role.host !== host) continue;
      if (role.role === 'base') this.own(file, { kind: 'base' });
      if (role.role === 'archived') this.own(file, { kind: 'archived', clone: cloneKey(role) });
    }
    for (const { pool, clones } of pools) {
      for (const { clone, volumes } of clones) {
        for (const { file, use, type } of volumes) {
          const kind = type === 'data' ? 'data' : use;
          this.own(file, { kind, clone: cloneKey({ pool, clone }) });
        }
      }
    }
    for (const file of orphans) this.own(file, { kind: 'orphan' });
  }

  /** The bases of the manifest and of the state, with what stands on each. */
  bases(): BaseStatus[] {
    const { manifest, holdings } = this.inventory;
    const bases = new Map<string, { retired: boolean; files: Map<string, string> }>();
    for (const [key, { host, retired, volumes }] of Object.entries(manifest.bases)) {
      if (host !== this.host) continue;
      const files = Object.entries(volumes).flatMap(([volume, { file }]): [string, string][] =>
        file === undefined ? [] : [[volume, file]],
      );
      bases.set(key.slice(host.length + 1), { retired, files: new Map(files) });
    }
    for (const { role, file } of holdings) {
      if (role.role !== 'base' || role.host !== this.host || file === undefined) continue;
      const base = bases.get(role.base) ?? { retired: role.retired, files: new Map<string, string>() };
      base.files.set(role.volume, file);
      bases.set(role.base, base);
    }
    return [...bases].map(([base, { retired, files }]) => ({
      base,
      retired,
      volumes: [...files].map(([volume, file]) => ({
        volume,
        ...fileStatus(file, this.inventory.volume(this.host, file)),
        ...this.on(this.inventory.path(this.host, file)),
      })),
    }));
  }

  /** Every other file that something stands on. */
  others(bases: readonly BaseStatus[]): BackingStatus[] {
    const known = new Set(
      bases.flatMap(({ volumes }) => volumes.map(({ file }) => this.inventory.path(this.host, file))),
    );
    return [...new Set(this.backing.values())]
      .filter((path) => !known.has(path))
      .sort()
      .map((path) => ({ path, ...this.on(path) }));
  }

  private get facts(): HostFacts | undefined {
    return this.inventory.host(this.host).facts;
  }

  private on(path: string): Dependents {
    const overlays = [...this.backing.keys()]
      .filter((file) => this.below(file).includes(path))
      .sort()
      .map((file) => ({ path: file, ...(this.owners.get(file) ?? { kind: 'foreign' as const }) }));
    const machines = (this.facts?.domains ?? [])
      .filter(({ disks }) =>
        disks.some((disk) => disk.path === path || (disk.path && this.below(disk.path).includes(path))),
      )
      .map(({ name }) => name)
      .sort();
    return { overlays, machines };
  }

  private below(file: string): string[] {
    const chain: string[] = [];
    for (let next = this.backing.get(file); next !== undefined; next = this.backing.get(next)) {
      if (chain.includes(next)) break;
      chain.push(next);
    }
    return chain;
  }

  private note(file: string, backing: string | undefined): void {
    if (backing !== undefined) this.backing.set(file, backing);
  }

  private own(file: string, owner: Owner): void {
    this.owners.set(this.inventory.path(this.host, file), owner);
  }
}
