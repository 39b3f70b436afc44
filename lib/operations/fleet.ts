import type { Manifest, ManifestClone } from '../model/manifest';
import { MANIFEST_OUTPUT } from '../model/manifest';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import { parseManifest, ReviewError } from '../review';
import type { SynthesizedStack } from '../tools/cdktf';
import { readProject, readStacks } from '../tools/cdktf';
import { Terraform } from '../tools/terraform';
import type { State } from '../tools/terraform-state';
import { parseState } from '../tools/terraform-state';
import type { Context } from './context';
import { reachOf } from './hosts';
import { initWhenNeeded } from './init';
import type { StackContent } from './stacks';
import { readStack, stackNamed } from './stacks';

/** A stack as it was applied last: its state, and what the state says of its clones. */
export interface FleetStack {
  readonly stack: SynthesizedStack;
  readonly content: StackContent;
  readonly state: State;
  /** The state as Terraform stores it. */
  readonly stateText: string;
  /** What the last run that was planned in full has written; a rollout that goes on is ahead of it. */
  readonly manifest: Manifest;
}

/** One clone of a fleet, and where its machine is. */
export interface FleetClone {
  readonly stack: FleetStack;
  readonly pool: string;
  readonly clone: string;
  readonly host: string;
  /** Where `virsh` reaches its host. */
  readonly uri: string;
  /** The storage pool of its volumes. */
  readonly storage: string;
  readonly entry: ManifestClone;
}

/** Which clones are meant: by name, by pool, or all. */
export interface CloneChoice {
  readonly clones: readonly string[];
  readonly pools: readonly string[];
  readonly all: boolean;
}

/**
 * Reads stacks as they were applied last, from Terraform's state, without synthesis; those without a state are left out.
 *
 * @throws UserError when a stack is unknown, or when a state cannot be read
 */
export async function readFleet(
  names: readonly string[],
  context: Context,
): Promise<{ terraform: Terraform; stacks: FleetStack[] }> {
  const project = await readProject(context.folder, context.env);
  const terraform = await Terraform.find(context);
  const known = await readStacks(project);
  const chosen = names.length === 0 ? known : [...new Set(names)].map((name) => stackNamed(known, name));
  const stacks: FleetStack[] = [];
  for (const stack of chosen) {
    const found = await readFleetStack(terraform, stack, context);
    if (found) stacks.push(found);
  }
  return { terraform, stacks };
}

/**
 * Reads one stack as it was applied last; `undefined` when it never was, or has no regraft in it.
 *
 * @throws UserError when its state cannot be read
 */
export async function readFleetStack(
  terraform: Terraform,
  stack: SynthesizedStack,
  context: Context,
): Promise<FleetStack | undefined> {
  await initWhenNeeded(terraform, stack, (step) => context.progress(step, stack.name));
  const stateText = await terraform.pullState(stack.folder);
  if (stateText === undefined) return undefined;
  const state = parseState(stateText);
  const output = state.outputs[MANIFEST_OUTPUT];
  if (output === undefined) return undefined;
  const manifest = manifestIn(stack, output, 'in the state');
  return { stack, content: await readStack(stack), state, stateText, manifest };
}

/**
 * Reads the output `regraft` of a stack.
 *
 * @throws UserError when it is none of this regraft's
 */
export function manifestIn(stack: SynthesizedStack, output: unknown, where: string): Manifest {
  try {
    return parseManifest(output, where);
  } catch (error) {
    if (error instanceof ReviewError) throw new UserError(`stack ${stack.name}: ${error.message}`);
    throw error;
  }
}

/** All clones of a stack, by pool and name; those of a host that `virsh` cannot reach are left out. */
export function clonesOf(stack: FleetStack): FleetClone[] {
  const { manifest, content } = stack;
  return Object.entries(manifest.pools).flatMap(([pool, { host, clones }]) => {
    const reach = reachOf(host, manifest.hosts[host]!, content);
    if ('obstacle' in reach) return [];
    const { storage } = manifest.hosts[host]!;
    return Object.entries(clones).map(([clone, entry]) => ({
      stack,
      pool,
      clone,
      host,
      uri: reach.uri,
      storage,
      entry,
    }));
  });
}

/**
 * The chosen clones; a name that stands in several stacks means all of them.
 *
 * @throws UserError when nothing is chosen, or when a name is unknown
 */
export function chooseClones(
  stacks: readonly FleetStack[],
  { clones, pools, all }: CloneChoice,
): FleetClone[] {
  const known = stacks.flatMap(clonesOf);
  if (clones.length === 0 && pools.length === 0 && !all) {
    throw new UserError('no clone is given: name clones, or use --pool POOL or --all');
  }
  if (all && clones.length + pools.length > 0) {
    throw new UserError(
      `--all and ${clones[0] ?? `--pool ${pools[0]}`} are given: choose clones, or take all of them`,
    );
  }
  if (all) return known;
  const names = [...new Set(known.map(({ clone }) => clone))];
  const unknown = clones.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UserError(`there is no clone ${JSON.stringify(unknown)}: ${didYouMean(unknown, names)}`);
  const poolNames = [...new Set(known.map(({ pool }) => pool))];
  const strange = pools.find((name) => !poolNames.includes(name));
  if (strange !== undefined)
    throw new UserError(`there is no pool ${JSON.stringify(strange)}: ${didYouMean(strange, poolNames)}`);
  return known.filter(({ clone, pool }) => clones.includes(clone) || pools.includes(pool));
}
