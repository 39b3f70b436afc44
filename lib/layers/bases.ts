import type { HostContents, HostFile } from '../model/host-contents';
import { compareNames } from '../model/outline';
import type { LayerInput } from './input';
import type { DiskUse } from './layers';
import { Layers } from './layers';
import { Owners } from './owners';
import type { BaseLayer, DependentKind, HostBases, LayerDependent } from './report';

/** Every base volume of a host, declared or not, with what stands on it by real backing chains. */
export function hostBases(input: LayerInput): HostBases {
  const view = new HostView(input);
  return {
    host: input.host,
    uri: input.uri,
    bases: view.bases(),
    unknown: unknownOf(input.contents, view.layers),
  };
}

/** What could not be looked into on a host. */
export function unknownOf({ pools }: HostContents, layers: Layers): string[] {
  return [
    ...pools
      .filter(({ active }) => !active)
      .map(({ name }) => `storage pool ${name} is not active, so that its volumes are not known`),
    ...pools.flatMap(({ name, stale }) =>
      stale === undefined ? [] : [`storage pool ${name} cannot be looked into anew (${stale})`],
    ),
    ...layers.gaps().map(({ path, reason, from }) => {
      const names = from.length === 0 ? '' : `, which is below ${from.join(', ')}`;
      return `the backing chain of ${path}${names}, is not known: ${reason}`;
    }),
  ];
}

/** The files of a host together with whose they are. */
export class HostView {
  readonly layers: Layers;
  readonly owners: Owners;

  constructor(private readonly input: LayerInput) {
    this.layers = new Layers(input.contents);
    this.owners = new Owners(input);
  }

  /** The base volumes: regraft's by base and volume, then those of other origin by path. */
  bases(): BaseLayer[] {
    const others = this.input.contents.files
      .filter(({ path, presence }) => presence !== 'network' && this.isOtherBase(path))
      .map(({ path }) => path);
    return [...this.owners.bases.keys(), ...others]
      .map((path) => this.base(path))
      .sort((one, other) => compareNames(keyOf(one), keyOf(other)));
  }

  /** A base volume with what stands on it. */
  base(path: string): BaseLayer {
    const file = this.layers.files.get(path);
    const known = this.owners.bases.get(path);
    const dependents = this.dependents(path);
    const otherNames = this.layers.namesOf(path).filter((name) => name !== path);
    const isFree = dependents.length === 0 && otherNames.length === 0;
    return {
      path,
      ...(file?.pool === undefined ? {} : { pool: file.pool, file: file.name! }),
      ...(known ? { base: known.base, volume: known.volume } : {}),
      origin: !known ? 'other' : originOf(known.declared),
      declared: [...(known?.declared ?? [])].sort((one, other) => compareNames(one.stack, other.stack)),
      usedBy: known ? [...(this.owners.used.get(known.base) ?? [])].sort(compareNames) : [],
      missing: !file || file.presence === 'missing',
      ...factsOf(file),
      ...this.digestOf(path),
      otherNames,
      dependents,
      frees: isFree ? (file?.allocation ?? 0) : 0,
    };
  }

  /** The files on a file with the machines on each of them, those first that machines are on. */
  dependents(path: string): LayerDependent[] {
    const { files } = this.layers.dependents(path);
    const direct = this.layers.usesAt(path);
    const found = files.map((file): LayerDependent => {
      const { uses } = this.layers.dependents(file);
      const owner = this.owners.clones.get(file);
      return {
        kind: this.kindOf(file, uses),
        path: file,
        ...(owner ? { owner: `${owner.stack} ${owner.pool}/${owner.clone}` } : {}),
        machines: machinesOf(uses),
      };
    });
    return [
      ...(direct.length === 0 ? [] : [{ kind: 'clone' as const, path, machines: machinesOf(direct) }]),
      ...found,
    ].sort(
      (one, other) =>
        KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind) || compareNames(one.path, other.path),
    );
  }

  private kindOf(file: string, uses: readonly DiskUse[]): DependentKind {
    if (uses.length > 0) return 'clone';
    const owner = this.owners.clones.get(file);
    if (owner) return owner.type === 'system' ? 'retained' : 'unused';
    return this.owners.isNamedOverlay(file) && this.layers.rightAbove(file).length === 0
      ? 'orphan'
      : 'unmanaged';
  }

  /** Whether something stands on a file that is no base of regraft's. */
  private isOtherBase(path: string): boolean {
    if (this.owners.bases.has(path) || this.layers.rightAbove(path).length === 0) return false;
    // Other names of a base are told with the base.
    return !this.layers.namesOf(path).some((name) => this.owners.bases.has(name) || name < path);
  }

  private digestOf(path: string): Pick<BaseLayer, 'digest'> {
    const recorded = this.input.recorded.get(path);
    if (recorded !== undefined) return { digest: { sha256: recorded, from: 'recorded' } };
    const declared = this.owners.bases.get(path)?.declared.find(({ sha256 }) => sha256 !== undefined)?.sha256;
    return declared === undefined ? {} : { digest: { sha256: declared, from: 'declared' } };
  }
}

const KINDS: readonly DependentKind[] = ['clone', 'retained', 'unused', 'orphan', 'unmanaged'];

function originOf(declared: readonly { readonly managed: boolean }[]): BaseLayer['origin'] {
  if (declared.some(({ managed }) => managed)) return 'terraform';
  return declared.length > 0 ? 'existing' : 'undeclared';
}

function factsOf(file: HostFile | undefined): Pick<BaseLayer, 'virtual' | 'allocated' | 'mode' | 'modified'> {
  const { capacity, allocation, mode, modified } = file ?? {};
  return {
    ...(capacity === undefined ? {} : { virtual: capacity }),
    ...(allocation === undefined ? {} : { allocated: allocation }),
    ...(mode === undefined ? {} : { mode: modeText(mode) }),
    ...(modified === undefined ? {} : { modified: new Date(modified * 1000).toISOString() }),
  };
}

/** Permission bits as `ls` and libvirt write them in digits, such as `0444`. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function machinesOf(uses: readonly DiskUse[]): LayerDependent['machines'] {
  const found = new Map<string, Set<string>>();
  for (const { machine, of } of uses) found.set(machine, (found.get(machine) ?? new Set()).add(of));
  return [...found].map(([name, of]) => ({ name, of: [...of] })).sort((a, b) => compareNames(a.name, b.name));
}

function keyOf({ base, volume, path }: BaseLayer): string {
  return base === undefined ? `~ ${path}` : `${base} ${volume} ${path}`;
}
