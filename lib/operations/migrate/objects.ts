import { posix } from 'node:path';
import { addressBooks } from '../../dialects/address-book';
import { baseResource, cloneResource } from '../../dialects/regraft/addresses';
import type { BaseAttributes, CloneAttributes } from '../../dialects/regraft/schema';
import type { StoredClone } from '../../dialects/regraft/stored';
import { baseInState, cloneInState } from '../../dialects/regraft/stored';
import { dataKey } from '../../model/file-names';
import type { HostContents, HostFile } from '../../model/host-contents';
import type { AddressRole, Manifest } from '../../model/manifest';
import type { StateObject } from '../../tools/terraform-state';
import type { StackContent } from '../stacks';

/** A resource of regraft's own provider that comes into a state. */
export interface ComingObject {
  readonly host: string;
  readonly address: string;
  readonly what: string;
  readonly attributes: object;
  readonly dependencies: readonly string[];
}

/** An object that leaves a state, and nothing happens to what it is. */
export interface LeavingObject {
  readonly host: string;
  readonly address: string;
  readonly type: string;
}

/** What the state of a stack is made of before and after it changes its provider. */
export interface Exchange {
  readonly leaving: readonly LeavingObject[];
  readonly coming: readonly ComingObject[];
  /** Why it must not be done, one line each. */
  readonly problems: readonly string[];
}

/** What an exchange is made of. */
export interface ExchangeFacts {
  /** What the state says, made with the former provider. */
  readonly applied: Manifest;
  /** The stack as it is synthesized for the new one. */
  readonly content: StackContent;
  /** The objects in the state. */
  readonly objects: readonly StateObject[];
  /** The hosts that change, with what is on them. */
  readonly hosts: ReadonlyMap<string, HostContents>;
}

/** The objects that leave the state for those of regraft's own provider, which know the same files and machines. */
export function exchangeOf(facts: ExchangeFacts): Exchange {
  const exchanges = [...facts.hosts.keys()].map((host) => new HostExchange(host, facts).made());
  return {
    leaving: exchanges.flatMap(({ leaving }) => leaving),
    coming: exchanges.flatMap(({ coming }) => coming),
    problems: exchanges.flatMap(({ problems }) => problems),
  };
}

class HostExchange {
  private readonly problems: string[] = [];
  private readonly coming: ComingObject[] = [];
  private readonly state: ReadonlyMap<string, StateObject>;
  private readonly roles: readonly (readonly [string, AddressRole])[];
  private readonly files: ReadonlyMap<string, HostFile>;
  private readonly bases: ReadonlyMap<string, BaseAttributes>;
  /** The paths of volumes that the new objects know. */
  private readonly taken = new Set<string>();

  constructor(
    private readonly host: string,
    private readonly facts: ExchangeFacts,
  ) {
    const { applied, objects, hosts, content } = facts;
    this.state = new Map(
      objects.filter(({ deposed }) => deposed === undefined).map((one) => [one.address, one]),
    );
    this.roles = Object.entries(applied.addresses).filter(([, role]) => role.host === host);
    this.files = new Map(hosts.get(host)!.files.map((file) => [file.path, file]));
    this.bases = new Map(
      blocksOf<BaseAttributes>(content, 'regraft_base', host).map(([name, base]) => [name, base]),
    );
  }

  made(): Exchange {
    for (const [address] of this.roles) this.checkState(address);
    for (const [block, base] of this.bases) this.takeBase(block, base);
    for (const [block, clone] of blocksOf<CloneAttributes>(this.facts.content, 'regraft_clone', this.host))
      this.takeClone(block, clone);
    const leaving = this.leaving();
    this.checkAllTaken(leaving);
    return { leaving, coming: this.coming, problems: this.problems };
  }

  private leaving(): LeavingObject[] {
    const own = new Set(this.roles.map(([address]) => address));
    return this.facts.objects
      .filter(({ address }) => own.has(address))
      .map(({ address, type }) => ({ host: this.host, address, type }));
  }

  private checkState(address: string): void {
    const all = this.facts.objects.filter((one) => one.address === address);
    if (all.length === 0)
      this.problems.push(
        `${address} is not in the state: finish what broke off with the former provider (regraft repair, regraft apply)`,
      );
    else if (all.some(({ tainted, deposed }) => tainted || deposed !== undefined))
      this.problems.push(
        `${address} is marked as broken in the state, or waits for its deletion: finish that with the former provider (regraft apply)`,
      );
  }

  private takeBase(block: string, base: BaseAttributes): void {
    const attributes = baseInState(base, this.folder, (path) => this.files.get(path));
    const paths = Object.values((attributes as { volumes: Record<string, { path: string | null }> }).volumes);
    for (const { path } of paths) if (path !== null) this.take(path, `base ${base.name}`);
    this.coming.push({
      host: this.host,
      address: `regraft_base.${block}`,
      what: `base ${base.name}`,
      attributes,
      dependencies: [],
    });
  }

  private takeClone(block: string, clone: CloneAttributes): void {
    const [base, retain] = [
      this.baseOf(clone.base),
      clone.retain === undefined ? undefined : this.baseOf(clone.retain),
    ];
    const [pool] = block.split('__') as [string];
    const address = cloneResource(pool, clone.name);
    const stored = clone.retired
      ? this.storedArchive(pool, clone)
      : this.storedClone(pool, clone, base, retain);
    if (base === undefined || stored === undefined) return;
    for (const path of [
      ...Object.values(stored.paths),
      ...Object.values(stored.retained),
      ...(stored.medium ? [stored.medium.path] : []),
    ])
      this.take(path, `clone ${clone.name}`);
    this.coming.push({
      host: this.host,
      address,
      what: clone.retired ? `retired clone ${clone.name}` : `clone ${clone.name}`,
      attributes: cloneInState(clone, { base, retain: retain?.name ?? null }, stored, (path) =>
        this.files.get(path),
      ),
      dependencies: [base, retain].flatMap((one) => (one ? [baseResource(this.host, one.name)] : [])),
    });
  }

  /** A retired clone has its data volumes only. */
  private storedArchive(pool: string, clone: CloneAttributes): StoredClone {
    const paths: Record<string, string> = {};
    for (const [volume, { type }] of Object.entries(clone.volumes)) {
      if (type !== 'data') continue;
      const at = this.book.archived(this.host, dataKey(pool, clone.name, volume));
      for (const path of this.pathAt(at, clone.name)) paths[volume] = path;
    }
    // What its machine was the provider takes from the definition that the code says.
    return { uuid: '', macs: [], paths, retained: {} };
  }

  private storedClone(
    pool: string,
    clone: CloneAttributes,
    base: BaseAttributes | undefined,
    retain: BaseAttributes | undefined,
  ): StoredClone | undefined {
    const entry = this.facts.applied.pools[pool]?.clones[clone.name];
    const machine = this.facts.hosts.get(this.host)!.domains.find(({ name }) => name === clone.name);
    if (entry === undefined) {
      this.problems.push(
        `clone ${clone.name} of pool ${pool} is not in the state: apply it with the former provider first, or add it after`,
      );
      return undefined;
    }
    if (machine === undefined) {
      this.problems.push(
        `machine ${clone.name} is not on host ${this.host}: bring it back with the former provider first (regraft apply)`,
      );
      return undefined;
    }
    if (entry.base !== base?.name || entry.retainedBase !== retain?.name) {
      this.problems.push(
        `clone ${clone.name} is on base ${entry.base}${entry.retainedBase === undefined ? '' : ` and retains ${entry.retainedBase}`}, and the code says ${base?.name ?? 'another one'}${retain === undefined ? '' : ` and ${retain.name}`}: change the provider alone`,
      );
      return undefined;
    }
    const paths: Record<string, string> = {};
    for (const [volume, { type }] of Object.entries(clone.volumes)) {
      const at =
        type === 'data'
          ? this.book.data(this.host, dataKey(pool, clone.name, volume))
          : this.book.overlay(pool, clone.name, { volume, base });
      for (const path of this.pathAt(at, clone.name)) paths[volume] = path;
    }
    const retained = this.roles.flatMap(([at, role]): [string, string][] =>
      role.role === 'retained' && role.pool === pool && role.clone === clone.name
        ? this.pathAt(at, clone.name).map((path): [string, string] => [role.volume, path])
        : [],
    );
    const medium = this.mediumOf(pool, clone.name);
    return {
      uuid: machine.uuid,
      macs: entry.macs,
      paths,
      retained: Object.fromEntries(retained),
      ...(medium === undefined ? {} : { medium }),
    };
  }

  /** Generation 0.8 makes the medium as one object, 0.9 a file here and a volume of it there. */
  private mediumOf(pool: string, clone: string): StoredClone['medium'] | undefined {
    const own = this.roles.flatMap(([address, role]) =>
      role.role === 'cloud-init' && role.pool === pool && role.clone === clone
        ? [this.state.get(address)]
        : [],
    );
    const disk = own.find((one) => one?.type === 'libvirt_cloudinit_disk')?.attributes;
    if (disk === undefined) return undefined;
    const volume = own.find((one) => one?.type === 'libvirt_volume');
    const path = volume === undefined ? text(disk['id'])?.split(';')[0] : pathOf(volume);
    return {
      user_data: text(disk['user_data']) ?? '',
      meta_data: text(disk['meta_data']) ?? '',
      network_config: text(disk['network_config']) || null,
      path: path ?? '',
    };
  }

  private pathAt(address: string, clone: string): string[] {
    const path = pathOf(this.state.get(address));
    if (path !== undefined) return [path];
    if (!this.problems.some((one) => one.startsWith(`${address} `)))
      this.problems.push(
        `${address} of clone ${clone} is not in the state: apply it with the former provider first, or add it after`,
      );
    return [];
  }

  private take(path: string, whose: string): void {
    this.taken.add(path);
    if (this.files.get(path)?.presence !== 'present')
      this.problems.push(`${path} of ${whose} is not on host ${this.host}: bring it back first`);
  }

  /** No file is ever lost from sight. */
  private checkAllTaken(leaving: readonly LeavingObject[]): void {
    for (const { address, type } of leaving) {
      const path = type === 'libvirt_volume' ? pathOf(this.state.get(address)) : undefined;
      if (path !== undefined && !this.taken.has(path))
        this.problems.push(
          `${path} (${address}) is in the state, and the code knows it no more: change the provider alone`,
        );
    }
  }

  private baseOf(reference: string): BaseAttributes | undefined {
    const [, block] = /^\$\{regraft_base\.([\w-]+)\.name\}$/.exec(reference) ?? [];
    const found = this.bases.get(block ?? '');
    if (found === undefined)
      this.problems.push(`${reference} is no base of host ${this.host}: expected one that the code has`);
    return found;
  }

  private get book() {
    return addressBooks[this.facts.applied.hosts[this.host]!.provider];
  }

  private get folder(): string {
    return posix.normalize(this.facts.applied.hosts[this.host]!.path).replace(/(?<=.)\/+$/, '');
  }
}

function blocksOf<Attributes extends { readonly provider: string }>(
  { resource }: StackContent,
  type: string,
  host: string,
): [string, Attributes][] {
  return (Object.entries(resource?.[type] ?? {}) as [string, Attributes][]).filter(
    ([, { provider }]) => provider === `regraft.${host}`,
  );
}

function pathOf(object: StateObject | undefined): string | undefined {
  return text(object?.attributes['path']) ?? text(object?.attributes['id']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
