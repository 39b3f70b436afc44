import { posix } from 'node:path';
import type { HostContents } from '../model/host-contents';
import { parseBaseFileName, parseOverlayFileName } from '../model/file-names';
import { Inventory } from '../status';
import type { LayerInput, LayerStack } from './input';

/** A file that a state holds for a clone. */
export interface CloneFile {
  readonly stack: string;
  readonly pool: string;
  readonly clone: string;
  readonly volume: string;
  readonly type: 'system' | 'temporary' | 'data' | 'archived' | 'cloud-init';
}

/** A base volume by the stacks and by its name. */
export interface BaseFile {
  readonly base: string;
  readonly volume: string;
  /** The stacks whose code or state says it. */
  readonly declared: readonly BaseDeclaration[];
}

/** What a stack says of a base volume. */
export interface BaseDeclaration {
  readonly stack: string;
  /** Whether both the code and the state of the stack say that it is retired. */
  readonly retired: boolean;
  /** Whether Terraform has the volume in its state. */
  readonly managed: boolean;
  readonly sha256?: string;
}

/** Which file is whose: of the clones and bases of all stacks of the project, by path. */
export class Owners {
  readonly clones = new Map<string, CloneFile>();
  readonly bases = new Map<string, BaseFile>();
  /** The folders of the storage pools that regraft owns. */
  readonly folders: ReadonlySet<string>;
  /** The bases that a pool or a rebase names, each by its path in the code: `BASE`. */
  readonly used = new Map<string, string[]>();

  constructor({ contents, stacks }: LayerInput) {
    this.folders = new Set(stacks.flatMap((stack) => folderOf(stack, contents) ?? []));
    for (const stack of stacks) this.addStack(stack, contents);
    for (const { path, name } of contents.files) {
      const named =
        name === undefined || !this.folders.has(posix.dirname(path)) ? undefined : parseBaseFileName(name);
      if (named && !this.bases.has(path)) this.bases.set(path, { ...named, declared: [] });
    }
  }

  /** Whether a file has the name of an overlay, in a storage pool that regraft owns. */
  isNamedOverlay(path: string): boolean {
    return this.folders.has(posix.dirname(path)) && parseOverlayFileName(posix.basename(path)) !== undefined;
  }

  private addStack(stack: LayerStack, contents: HostContents): void {
    const { host, manifest, wanted, objects } = stack;
    const folder = folderOf(stack, contents);
    const known = manifest ?? wanted;
    if (folder === undefined || known === undefined) return;
    const inventory = new Inventory({
      stack: stack.stack,
      manifest: known,
      ...(wanted ? { wanted } : {}),
      objects,
      hosts: new Map(),
      health: new Map(),
    });
    const managed = new Set<string>();
    for (const { role, file } of inventory.holdings) {
      if (file === undefined || role.host !== host) continue;
      const path = posix.join(folder, file);
      if (role.role === 'base') {
        managed.add(path);
        this.declare(path, role, { stack: stack.stack, retired: role.retired, managed: true });
      } else if ('clone' in role) {
        const { pool, clone } = role;
        const volume = 'volume' in role ? role.volume : 'cloud-init';
        const type = role.role === 'archived' ? 'archived' : 'type' in role ? role.type : 'cloud-init';
        this.clones.set(path, { stack: stack.stack, pool, clone, volume, type });
      }
    }
    for (const one of [manifest, wanted]) {
      for (const [key, { host: of, retired, volumes }] of Object.entries(one?.bases ?? {})) {
        if (of !== host) continue;
        const base = key.slice(host.length + 1);
        for (const [volume, { file, sha256 }] of Object.entries(volumes)) {
          if (file === undefined) continue;
          const path = posix.join(folder, file);
          const digest = sha256 === undefined ? {} : { sha256 };
          this.declare(
            path,
            { base, volume },
            { stack: stack.stack, retired, managed: managed.has(path), ...digest },
          );
        }
      }
      for (const [pool, { host: of, base, clones }] of Object.entries(one?.pools ?? {})) {
        if (of !== host) continue;
        for (const name of [base, ...Object.values(clones).map((clone) => clone.base)]) this.use(name, pool);
      }
    }
  }

  private declare(
    path: string,
    { base, volume }: { base: string; volume: string },
    next: BaseDeclaration,
  ): void {
    const known = this.bases.get(path) ?? { base, volume, declared: [] };
    const same = known.declared.find(({ stack }) => stack === next.stack);
    const others = known.declared.filter((one) => one !== same);
    const merged = same
      ? { ...same, ...next, retired: same.retired && next.retired, managed: same.managed || next.managed }
      : next;
    this.bases.set(path, { ...known, declared: [...others, merged] });
  }

  private use(base: string, pool: string): void {
    const pools = this.used.get(base) ?? [];
    if (!pools.includes(pool)) this.used.set(base, [...pools, pool]);
  }
}

/** Where the files of a stack's host are: as libvirt has the storage pool, else as the code says. */
function folderOf({ host, manifest, wanted }: LayerStack, { pools }: HostContents): string | undefined {
  const entry = manifest?.hosts[host] ?? wanted?.hosts[host];
  const path = pools.find(({ name }) => name === entry?.storage)?.path ?? entry?.path;
  return path === undefined ? undefined : posix.normalize(path).replace(/(?<=.)\/$/, '');
}
