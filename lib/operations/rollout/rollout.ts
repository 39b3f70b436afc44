import type { Manifest, ManifestClone } from '../../model/manifest';
import type { ClonePhase } from '../../model/run-record';
import { cloneKey } from '../../model/run-record';
import type { Plan, Review, TouchedClone } from '../../review';
import type { SynthesizedStack } from '../../tools/cdktf';
import { Machines } from '../../tools/machines';
import type { Surroundings } from '../../tools/process';
import type { StateVersion, Terraform } from '../../tools/terraform';
import { Volumes } from '../../tools/volumes';
import type { Context } from '../context';
import { reachAll } from '../hosts';
import type { StackContent } from '../stacks';
import type { Lock } from './lock';
import type { RolloutOptions } from './options';
import type { Run } from './run';

/** What a rollout tells while it goes, for a terminal and for machines that read. */
export type RolloutEvent =
  | {
      readonly event: 'run';
      readonly id: string;
      readonly continued: boolean;
      readonly clones: number;
      readonly waves: number;
    }
  | { readonly event: 'wave'; readonly wave: number; readonly of: number; readonly clones: readonly string[] }
  | { readonly event: 'step'; readonly step: string }
  | {
      readonly event: 'phase';
      readonly pool: string;
      readonly clone: string;
      readonly phase: ClonePhase;
      readonly why?: string;
      readonly console?: readonly string[];
    }
  | { readonly event: 'end'; readonly state: string; readonly problem?: string };

/** A clone on its way through a rollout. */
export interface RolloutClone extends TouchedClone {
  /** `POOL/CLONE`. */
  readonly key: string;
  /** What the code wants of it; left out when it leaves its pool. */
  readonly after?: ManifestClone;
}

/** A host of a rollout. */
export interface RolloutHost {
  readonly uri: string;
  readonly machines: Machines;
  readonly volumes: Volumes;
}

/** What was approved. */
export interface Approved {
  readonly plan: Plan;
  readonly review: Review;
  readonly manifest: Manifest;
  /** The manifest of the stack as it was. */
  readonly before?: Manifest;
  readonly planFile: string;
  /** A file of the Terraform variables that it was planned with. */
  readonly varFile?: string;
}

/** All that the steps of a rollout share. */
export interface Rollout {
  /** Its signal stops everything at once. */
  readonly context: Context;
  /** Lets the wave under way end, and no other begin. */
  readonly stop?: AbortSignal;
  readonly terraform: Terraform;
  readonly stack: SynthesizedStack;
  readonly run: Run;
  readonly lock: Lock;
  readonly approved: Approved;
  readonly hosts: ReadonlyMap<string, RolloutHost>;
  readonly options: RolloutOptions;
  readonly emit: (event: RolloutEvent) => void;
  /** A private folder for plan files. */
  readonly work: string;
  /** Where the state stands since this rollout last looked; `undefined` where there is none yet. */
  stateAt: StateVersion | undefined;
  /** Whether the approved plan file itself can still be applied: nothing was done yet. */
  untouched: boolean;
}

/** The clones that a plan touches, with what the code wants of each. */
export function rolloutClones(touched: readonly TouchedClone[], manifest: Manifest): RolloutClone[] {
  return touched.map((one) => {
    const after = manifest.pools[one.pool]?.clones[one.clone];
    return { ...one, key: cloneKey(one.pool, one.clone), ...(after ? { after } : {}) };
  });
}

/** A clone's course goes on: noted on disk first, then told. */
export async function enter(
  { run, emit }: Rollout,
  { key, pool, clone }: RolloutClone,
  phase: ClonePhase,
  more: {
    readonly why?: string;
    readonly console?: readonly string[];
    readonly cutOff?: boolean;
    readonly ran?: boolean;
  } = {},
): Promise<void> {
  await run.enter(key, phase, more);
  const { why, console } = more;
  emit({
    event: 'phase',
    pool,
    clone,
    phase,
    ...(why === undefined ? {} : { why }),
    ...(console ? { console } : {}),
  });
}

/** Clones by the host that they are on. */
export function byHost<Clone extends { readonly host: string }>(
  clones: readonly Clone[],
): Map<string, Clone[]> {
  const found = new Map<string, Clone[]>();
  for (const clone of clones) found.set(clone.host, [...(found.get(clone.host) ?? []), clone]);
  return found;
}

/** A host of the rollout; the manifest names no other. */
export function hostOf({ hosts }: Pick<Rollout, 'hosts'>, { host }: { readonly host: string }): RolloutHost {
  return hosts.get(host)!;
}

/**
 * The hosts that a stack has, and those that it had.
 *
 * @throws UserError when one cannot be reached through `virsh`
 */
export function rolloutHosts(
  { before, manifest }: Pick<Approved, 'before' | 'manifest'>,
  content: StackContent,
  surroundings: Surroundings,
): Map<string, RolloutHost> {
  const hosts = { ...before?.hosts, ...manifest.hosts };
  return new Map(
    [...reachAll(hosts, content)].map(([name, uri]): [string, RolloutHost] => [
      name,
      {
        uri,
        machines: new Machines(uri, surroundings),
        volumes: new Volumes(uri, hosts[name]!.storage, surroundings),
      },
    ]),
  );
}
