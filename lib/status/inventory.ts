import { basename, dirname } from 'node:path';
import { machineRoleByName, roleByName } from '../dialects/roles';
import type { AddressRole, Manifest } from '../model/manifest';
import type { VolumeFact } from '../review';
import type { VolumeType } from '../model/volume-type';
import { textAt } from '../review/values';
import type { HostInput, StackInput, StoredObject } from './input';

/** An object of the state and what it is. */
export interface Holding {
  readonly object: StoredObject;
  readonly role: AddressRole;
  /** The name of its file in the host's storage pool; left out for what has none. */
  readonly file?: string;
}

/** A clone as the state and the manifests know it. */
export interface CloneKey {
  readonly host: string;
  readonly pool: string;
  readonly clone: string;
}

/** A stack's state by what its objects are. */
export class Inventory {
  readonly manifest: Manifest;
  readonly holdings: readonly Holding[];
  /** The objects that regraft has no role for. */
  readonly strangers: readonly StoredObject[];
  private readonly byClone = new Map<string, Holding[]>();
  private readonly volumes = new Map<string, ReadonlyMap<string, VolumeFact>>();

  constructor(readonly input: StackInput) {
    this.manifest = input.manifest;
    const found = input.objects.map((object) => ({ object, role: this.roleOf(object.address) }));
    this.strangers = found.flatMap(({ object, role }) => (role ? [] : [object]));
    this.holdings = found.flatMap(({ object, role }) => (role ? [this.holding(object, role)] : []));
    for (const holding of this.holdings) {
      const { role } = holding;
      if (!('clone' in role) || role.role === 'archived') continue;
      const key = cloneKey(role);
      this.byClone.set(key, [...(this.byClone.get(key) ?? []), holding]);
    }
    for (const [host, { facts }] of input.hosts) {
      this.volumes.set(host, new Map(facts?.volumes.map((volume) => [volume.name, volume])));
    }
  }

  /** What is known of a host. */
  host(name: string): HostInput {
    return this.input.hosts.get(name) ?? { power: new Map(), othersFiles: new Set() };
  }

  /** Whether the files of a host's storage pool are known. */
  knowsFiles(host: string): boolean {
    const { facts } = this.host(host);
    // collectFacts gives an inactive storage pool no end: then nothing is known of what is in it.
    return facts !== undefined && Number.isFinite(facts.available);
  }

  /** A file of a host's storage pool as libvirt sees it. */
  volume(host: string, file: string | undefined): VolumeFact | undefined {
    return file === undefined ? undefined : this.volumes.get(host)?.get(file);
  }

  /** Where a file of a host's storage pool is. */
  path(host: string, file: string): string {
    return this.volume(host, file)?.path ?? `${this.manifest.hosts[host]?.path ?? ''}/${file}`;
  }

  /** A file as a reader wants it: by its name in the host's storage pool, else by its path. */
  label(host: string, path: string): string {
    return dirname(path) === this.manifest.hosts[host]?.path ? basename(path) : path;
  }

  /** Where a file of a host's storage pool should be, in words. */
  absence(host: string, file: string): string {
    return `${file} is not in storage pool ${this.manifest.hosts[host]?.storage ?? ''} on host ${host}`;
  }

  /** The objects of a clone; its archived volumes are none of them. */
  of(clone: CloneKey): readonly Holding[] {
    return this.byClone.get(cloneKey(clone)) ?? [];
  }

  /** The clones of the manifest, and those that only the state knows. */
  clones(): CloneKey[] {
    const named = Object.entries(this.manifest.pools).flatMap(([pool, { host, clones }]) =>
      Object.keys(clones).map((clone): CloneKey => ({ host, pool, clone })),
    );
    const known = new Set(named.map(cloneKey));
    const others = [...this.byClone.entries()].flatMap(([key, [first]]) =>
      known.has(key) ? [] : [first!.role as CloneKey],
    );
    return [...named, ...others.map(({ host, pool, clone }) => ({ host, pool, clone }))];
  }

  private holding(object: StoredObject, role: AddressRole): Holding {
    const name = textAt(object.attributes, 'name');
    // A cloud-init disk of provider 0.9 is on the machine that Terraform runs on: it has no storage pool. The volumes
    // inside a resource of regraft's own provider do not say theirs.
    const isFile =
      name !== undefined &&
      (object.type === 'libvirt_volume' || textAt(object.attributes, 'pool') !== undefined);
    return { object, role, ...(isFile ? { file: name } : {}) };
  }

  private roleOf(address: string): AddressRole | undefined {
    const { manifest, wanted } = this.input;
    const names = {
      hosts: Object.keys(manifest.hosts),
      hostOf: (pool: string) => (manifest.pools[pool] ?? wanted?.pools[pool])?.host,
    };
    const role =
      manifest.addresses[address] ??
      wanted?.addresses[address] ??
      roleByName(address, names) ??
      machineRoleByName(address, names);
    if (role?.role !== 'overlay' || role.type !== 'system') return role;
    return { ...role, type: this.outlineType(role.host, role.base, role.volume) ?? role.type };
  }

  /** A name does not say whether an overlay is a system volume, its base's outline does. */
  private outlineType(host: string, base: string, volume: string): 'system' | 'temporary' | undefined {
    const { manifest, wanted } = this.input;
    const entry = manifest.bases[`${host}/${base}`] ?? wanted?.bases[`${host}/${base}`];
    const type: VolumeType | undefined = entry?.volumes[volume]?.type;
    return type === 'data' ? undefined : type;
  }
}

/** A clone's key, `POOL/CLONE`. */
export function cloneKey({ pool, clone }: Pick<CloneKey, 'pool' | 'clone'>): string {
  return `${pool}/${clone}`;
}
