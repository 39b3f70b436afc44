import type { Manifest } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { FleetStatus, HostInput, Power, RolloutStatus, StackInput } from '../status';
import { cloneKey, fleetStatus } from '../status';
import { readProject, readStacks } from '../tools/cdktf';
import { Machines } from '../tools/machines';
import type { Context } from './context';
import { askHost } from './facts';
import type { FleetStack } from './fleet';
import { clonesOf, readFleet, readFleetStack } from './fleet';
import { hookState } from './hook';
import { unfinishedRun } from './rollout/run';
import { healthOf } from './status-health';
import { synthesizedManifest } from './synthesized-manifest';
import type { Terraform } from '../tools/terraform';

/**
 * How the chosen stacks stand, all of the project when none is named: what their states and libvirt say, without synthesis.
 *
 * @throws UserError when a stack is unknown, or when a state cannot be read
 */
export async function status(names: readonly string[], context: Context): Promise<FleetStatus> {
  const { terraform, stacks } = await readFleet(names, context);
  const others = await otherStacks(terraform, stacks, context);
  const all = [...stacks, ...others];
  return fleetStatus(await Promise.all(stacks.map((stack) => inputOf(stack, all, context))));
}

/** Whether no host at all could be asked, though there are some. */
export function isBlind({ stacks }: FleetStatus): boolean {
  const hosts = stacks.flatMap((stack) => stack.hosts);
  return hosts.length > 0 && hosts.every(({ obstacle }) => obstacle !== undefined);
}

/** The stacks that were not asked for: their files are no orphans. */
async function otherStacks(
  terraform: Terraform,
  shown: readonly FleetStack[],
  context: Context,
): Promise<FleetStack[]> {
  const known = await readStacks(await readProject(context.folder, context.env));
  const found: FleetStack[] = [];
  for (const stack of known.filter(({ name }) => !shown.some((one) => one.stack.name === name))) {
    try {
      const read = await readFleetStack(terraform, stack, context);
      if (read) found.push(read);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      context.notice(`its overlays may be shown as orphans of other stacks: ${error.message}`, stack.name);
    }
  }
  return found;
}

async function inputOf(stack: FleetStack, all: readonly FleetStack[], context: Context): Promise<StackInput> {
  const { manifest, state } = stack;
  const { name } = stack.stack;
  context.progress('libvirt', name);
  const wanted = await wantedBy(stack);
  const hosts = await Promise.all(
    Object.keys(manifest.hosts).map(async (host): Promise<[string, HostInput]> => [
      host,
      await hostInput(stack, host, all, context),
    ]),
  );
  const inputs = new Map(hosts);
  context.progress('health', name);
  const health = await healthOf(clonesOf(stack), inputs, context);
  const rollout = await rolloutOf(name, context);
  context.progress('done', name);
  return {
    stack: name,
    manifest,
    ...(wanted ? { wanted } : {}),
    objects: state.objects,
    hosts: inputs,
    health: new Map(health.map(([clone, found]) => [cloneKey(clone), found])),
    ...(rollout ? { rollout } : {}),
  };
}

/** What the code said when it was synthesized last; a manifest that cannot be read says nothing. */
async function wantedBy({ stack }: FleetStack): Promise<Manifest | undefined> {
  return synthesizedManifest(stack).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
}

/** The rollout of a stack that has not come to its end. */
async function rolloutOf(stack: string, { folder, notice }: Context): Promise<RolloutStatus | undefined> {
  try {
    const run = await unfinishedRun(folder, stack);
    return run && { id: run.record.id, state: run.record.state };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notice(error.message, stack);
    return undefined;
  }
}

async function hostInput(
  stack: FleetStack,
  host: string,
  all: readonly FleetStack[],
  context: Context,
): Promise<HostInput> {
  const { manifest, content } = stack;
  const othersFiles = filesOfOthers(stack, host, all);
  const answer = await askHost(host, manifest.hosts[host]!, content, context);
  if ('obstacle' in answer) return { obstacle: answer.obstacle, power: new Map(), othersFiles };
  const { facts, uri } = answer;
  try {
    const names = facts.domains.map(({ name }) => name);
    const hook = hasTemporary(manifest, host) ? { hook: await hookState(uri, context) } : {};
    return { facts, power: await powerOf(new Machines(uri, context), names), othersFiles, ...hook };
  } catch (error) {
    // It answered a moment ago.
    if (!(error instanceof UserError)) throw error;
    const obstacle = `libvirt on host ${host} is not reachable (${error.message})`;
    return { obstacle, power: new Map(), othersFiles };
  }
}

function hasTemporary({ pools }: Manifest, host: string): boolean {
  return Object.values(pools)
    .filter((pool) => pool.host === host)
    .flatMap(({ clones }) => Object.values(clones))
    .some(({ volumes }) => Object.values(volumes).some(({ type }) => type === 'temporary'));
}

async function powerOf(machines: Machines, names: readonly string[]): Promise<Map<string, Power>> {
  const [states, saved] = await Promise.all([machines.states(names), machines.saved()]);
  return new Map(
    [...states].map(([name, state]) => [name, state === 'shut off' && saved.has(name) ? 'saved' : state]),
  );
}

/** The names of the files that other stacks have on the same storage pool. */
function filesOfOthers(stack: FleetStack, host: string, all: readonly FleetStack[]): Set<string> {
  const { path } = stack.manifest.hosts[host]!;
  const others = all.filter(
    (one) => one !== stack && Object.values(one.manifest.hosts).some((other) => other.path === path),
  );
  const names = others.flatMap(({ state }) => state.objects.map(({ attributes }) => attributes['name']));
  return new Set(names.filter((name): name is string => typeof name === 'string'));
}
