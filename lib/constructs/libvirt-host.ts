import { Token } from 'cdktf';
import { Construct } from 'constructs';
import type { Dialect, DialectSettings, HostContents, Moved } from '../dialects/dialect';
import { dialects } from '../dialects';
import type { Host, ProviderGeneration } from '../model/host';
import { PROVIDER_GENERATIONS } from '../model/host';
import { maskedUri } from '../model/manifest';
import { nameProblem } from '../model/names';
import { chosenProvider } from '../model/provider-version';
import { compareNames } from '../model/outline';
import type { AnyBase, AnyPool } from './any-outline';
import { ResourceSet } from './elements';
import { StackContents } from './stack-contents';

/** The storage pool that regraft owns on a host. */
export interface StorageProps {
  /** The name of the libvirt storage pool. */
  readonly name: string;
  /** The folder on the host. */
  readonly path: string;
  /**
   * Whether the pool is there already, made by another stack or by hand.
   * @default false - this stack makes and guards it
   */
  readonly existing?: boolean;
}

/** Properties of a host. */
export interface LibvirtHostProps {
  /** The libvirt connection URI, such as `qemu:///system` or `qemu+ssh://root@host/system`. */
  readonly uri: string;
  /** The storage pool. */
  readonly storage: StorageProps;
  /**
   * The provider that is synthesized for: a generation of dmacvicar/libvirt or an exact version of one (`'0.8'`, `'0.8.3'`), or regraft's own or an exact version of it (`'regraft'`, `'regraft-0.1.0'`).
   * @default - the cdktf context `regraft:provider`, else '0.9'
   */
  readonly provider?: ProviderGeneration | `0.${8 | 9}.${number}` | `regraft-${string}`;
  /**
   * Seconds that Terraform gives a running machine to shut down when its disks change, before it cuts the power; provider 0.8 always cuts it at once, regraft's own never does.
   * @default 120
   */
  readonly shutdownTimeout?: number;
}

/** The cdktf context key that chooses the provider for hosts that do not say it. */
export const PROVIDER_CONTEXT = 'regraft:provider';

/** One libvirt connection and the storage pool that regraft owns on it. */
export class LibvirtHost extends Construct {
  /** The host as data. */
  readonly model: Host;
  /** The version constraint of the provider. */
  readonly providerVersion: string;
  /** What the provider's dialect makes of the model. */
  readonly dialect: Dialect;
  /** What only a dialect understands. */
  readonly settings: DialectSettings;
  private readonly bases: AnyBase[] = [];
  private readonly pools: AnyPool[] = [];

  constructor(scope: Construct, id: string, props: LibvirtHostProps) {
    super(scope, id);
    const provider = String(props.provider ?? this.node.tryGetContext(PROVIDER_CONTEXT) ?? '0.9');
    const chosen = chosenProvider(provider);
    const { name, path, existing = false } = props.storage;
    this.model = {
      name: id,
      uri: props.uri,
      storage: { name, path, existing },
      generation: chosen?.generation ?? '0.9',
    };
    this.dialect = dialects[this.model.generation];
    this.providerVersion = chosen?.version ?? this.dialect.versionConstraint;
    this.settings = { shutdownTimeout: props.shutdownTimeout ?? 120 };
    this.node.addValidation({
      validate: () => [
        ...problemsOf(props, provider, chosen?.generation, nameProblem('host', id)),
        ...this.dialect.problems(this.model, this.contents()),
      ],
    });
    new ResourceSet(this, 'resources', () => this.dialect.host(this.model, this.contents()));
    StackContents.of(this).addHost(this);
  }

  /** The bases on this host, by name. */
  get allBases(): readonly AnyBase[] {
    return [...this.bases].sort((a, b) => compareNames(a.name, b.name));
  }

  /** The clone pools on this host, by name. */
  get allPools(): readonly AnyPool[] {
    return [...this.pools].sort((a, b) => compareNames(a.name, b.name));
  }

  /** Registers a base; its constructor does so. */
  addBase(base: AnyBase): void {
    this.bases.push(base);
  }

  /** Registers a pool; its constructor does so. */
  addPool(pool: AnyPool): void {
    this.pools.push(pool);
  }

  /** All that stands on this host, in an order that does not depend on the order of declaration. */
  contents(): HostContents {
    const retired = this.allPools.map((pool) => pool.archived());
    return {
      bases: this.allBases.map(({ image }) => image),
      clones: this.allPools.flatMap((pool) => pool.members.map((clone) => clone.model())),
      archived: retired.flatMap(({ archived }) => archived),
      handedOver: retired.flatMap(({ handedOver }) => handedOver),
      retired: this.allPools.flatMap((pool) => pool.retiredClones()),
    };
  }

  /** What has another address now though it is the same object. */
  moves(): Moved[] {
    return this.dialect.moves(this.model, this.contents());
  }
}

function problemsOf(
  props: LibvirtHostProps,
  provider: string,
  generation: ProviderGeneration | undefined,
  name: string | undefined,
): string[] {
  const problems = name === undefined ? [] : [name];
  if (generation === undefined) {
    problems.push(
      `provider is ${JSON.stringify(provider)}, expected ${PROVIDER_GENERATIONS.join(', ')}, or an exact version such as 0.8.3 or regraft-0.1.0`,
    );
  }
  if (!Token.isUnresolved(props.uri) && !/^[a-z]+(\+[a-z]+)?:\/\//.test(props.uri)) {
    problems.push(
      `uri ${JSON.stringify(maskedUri(props.uri))} is not a libvirt connection URI: expected one such as qemu:///system or qemu+ssh://root@host/system`,
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(props.storage.name)) {
    problems.push(
      `storage name ${JSON.stringify(props.storage.name)} is not a name that libvirt takes: use letters, digits, '_', '.' and '-'`,
    );
  }
  if (!props.storage.path.startsWith('/')) {
    problems.push(
      `storage path ${JSON.stringify(props.storage.path)} is not absolute: name a folder on the host, such as /var/lib/libvirt/lab`,
    );
  }
  const { shutdownTimeout } = props;
  if (shutdownTimeout !== undefined && !(Number.isInteger(shutdownTimeout) && shutdownTimeout > 0)) {
    problems.push(`shutdownTimeout is ${shutdownTimeout}, expected a whole number of seconds of at least 1`);
  }
  return problems;
}
