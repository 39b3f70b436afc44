import { roleByName } from '../dialects/roles';
import { dataKey } from '../model/file-names';
import type { AddressRole, Manifest } from '../model/manifest';
import type { Effect } from './effect';
import { effectOf } from './effect';
import type { BootFact, DigestFact, HostFacts, ImageFact } from './facts';
import type { Finding, FindingCode, FindingDetails } from './findings';
import { finding } from './findings';
import { manifestsOf } from './manifests';
import type { Plan, ResourceChange } from './plan-json';

/** What the judge is told beside the plan. */
export interface JudgeOptions {
  /** What libvirt says of the hosts; without it nothing that only libvirt knows is judged. */
  readonly facts?: readonly HostFacts[];
  /** The clones that a restore was asked for, as `POOL/CLONE`; when it is given, any other restore is refused. */
  readonly restored?: readonly string[];
  /** What is known of the images that the plan uploads. */
  readonly images?: readonly ImageFact[];
  /** What the base volumes on the hosts are, when that was asked for. */
  readonly digests?: readonly DigestFact[];
  /** What boots the base volumes that new overlays stand on. */
  readonly boots?: readonly BootFact[];
}

/** A plan with its manifests, indexed for the rules, and the findings so far. */
export class Case {
  readonly before: Manifest | undefined;
  readonly after: Manifest;
  /** Whether the plan says what the code asks for; without it only the data and the bases are judged. */
  readonly judgeable: boolean;
  readonly facts: readonly HostFacts[];
  readonly restored: ReadonlySet<string> | undefined;
  readonly images: readonly ImageFact[];
  readonly digests: readonly DigestFact[];
  readonly boots: readonly BootFact[];
  /** The objects that wait for their deletion since an earlier run. */
  readonly deposed: readonly ResourceChange[];
  readonly findings: Finding[] = [];
  private readonly changes: ReadonlyMap<string, ResourceChange>;
  private readonly retainedAddresses: Readonly<Record<'before' | 'after', ReadonlyMap<string, string>>>;
  private readonly moves: ReadonlyMap<string, string>;
  private readonly drifted: ReadonlyMap<string, Effect>;

  constructor(
    readonly plan: Plan,
    { facts = [], restored, images = [], digests = [], boots = [] }: JudgeOptions,
  ) {
    const { before, after, planned } = manifestsOf(plan);
    this.judgeable = planned;
    this.before = before;
    this.after = after;
    this.facts = facts;
    this.images = images;
    this.digests = digests;
    this.boots = boots;
    this.restored = restored && new Set(restored);
    this.retainedAddresses = { before: retainedOf(before), after: retainedOf(after) };
    this.deposed = plan.changes.filter(({ deposed }) => deposed !== undefined);
    this.changes = new Map(
      plan.changes.filter(({ deposed }) => deposed === undefined).map((change) => [change.address, change]),
    );
    this.moves = new Map(
      [...this.changes.values()].flatMap(({ previousAddress, address }) =>
        previousAddress === undefined ? [] : [[previousAddress, address]],
      ),
    );
    this.drifted = new Map(plan.drift.map(({ address, actions }) => [address, effectOf(actions)]));
  }

  /** The plan's changes, deposed objects left out. */
  allChanges(): Iterable<ResourceChange> {
    return this.changes.values();
  }

  change(address: string | undefined): ResourceChange | undefined {
    return address === undefined ? undefined : this.changes.get(address);
  }

  /** What the plan does at an address; `undefined` when it leaves the address out. */
  effect(address: string | undefined): Effect | undefined {
    const change = this.change(address);
    return change && effectOf(change.actions);
  }

  /** Where an object that stood at an address stands after a `moved` block. */
  movedTo(address: string): string | undefined {
    return this.moves.get(address);
  }

  /** Whether the state holds an object at an address, as far as Terraform could find it on the host. */
  inState(address: string | undefined): boolean {
    if (address === undefined) return false;
    const change = this.change(address);
    return (
      this.plan.prior.has(address) ||
      (change !== undefined && change.before !== null && change.before !== undefined)
    );
  }

  /** Whether Terraform noticed that the object has gone from the host since the last run. */
  vanished(address: string | undefined): boolean {
    return address !== undefined && this.drifted.get(address) === 'delete';
  }

  /** What stands at an address, by the manifest after, else before, else by its name (what a broken run has left). */
  role(address: string): AddressRole | undefined {
    return this.after.addresses[address] ?? this.before?.addresses[address] ?? this.roleByName(address);
  }

  /** Whether either manifest knows the address. */
  isDeclared(address: string): boolean {
    return address in this.after.addresses || (this.before !== undefined && address in this.before.addresses);
  }

  /** The addresses of the retained overlays by `POOL/CLONE/VOLUME`. */
  retained(when: 'before' | 'after'): ReadonlyMap<string, string> {
    return this.retainedAddresses[when];
  }

  report(code: FindingCode, details: FindingDetails): void {
    this.findings.push(finding(code, details));
  }

  /** A manifest is written early in a run: what the run then did not get to is known by its name only. */
  private roleByName(address: string): AddressRole | undefined {
    return roleByName(address, {
      hosts: Object.keys(this.after.hosts),
      hostOf: (pool) => (this.after.pools[pool] ?? this.before?.pools[pool])?.host,
    });
  }
}

function retainedOf(manifest: Manifest | undefined): Map<string, string> {
  const retained = Object.entries(manifest?.addresses ?? {}).flatMap(([address, role]): [string, string][] =>
    role.role === 'retained' ? [[dataKey(role.pool, role.clone, role.volume), address]] : [],
  );
  return new Map(retained);
}
