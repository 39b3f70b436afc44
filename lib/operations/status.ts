import type { Manifest } from '../model/manifest';
import { MANIFEST_OUTPUT } from '../model/manifest';
import { UserError } from '../model/user-error';
import { parseManifest, ReviewError } from '../review';
import type { FleetStatus, Health, HostInput, Power, StackInput } from '../status';
import { cloneKey, fleetStatus } from '../status';
import { readProject, readStacks } from '../tools/cdktf';
import { Machines } from '../tools/machines';
import type { Context } from './context';
import { askHost } from './facts';
import type { FleetClone, FleetStack } from './fleet';
import { clonesOf, readFleet, readFleetStack } from './fleet';
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

/** One quick try of a clone's health checks; `undefined` when none was made. */
export type HealthOf = (clone: FleetClone) => Promise<Health | undefined>;

/** The checks of the clone's pool, tried once. */
export const healthOf: HealthOf = () => Promise.resolve(undefined);

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
  const wanted = wantedBy(stack);
  const hosts = await Promise.all(
    Object.keys(manifest.hosts).map(async (host): Promise<[string, HostInput]> => [
      host,
      await hostInput(stack, host, all, context),
    ]),
  );
  const health = await Promise.all(
    clonesOf(stack).map(async (clone): Promise<[string, Health][]> => {
      const found = await healthOf(clone);
      return found ? [[cloneKey(clone), found]] : [];
    }),
  );
  context.progress('done', name);
  return {
    stack: name,
    manifest,
    ...(wanted ? { wanted } : {}),
    objects: state.objects,
    hosts: new Map(hosts),
    health: new Map(health.flat()),
  };
}

/** What the code said when it was synthesized last; a manifest that cannot be read says nothing. */
function wantedBy({ content }: FleetStack): Manifest | undefined {
  const output = content.output?.[MANIFEST_OUTPUT]?.value;
  if (output === undefined) return undefined;
  try {
    return parseManifest(output, 'in the synthesized stack');
  } catch (error) {
    if (error instanceof ReviewError) return undefined;
    throw error;
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
    return { facts, power: await powerOf(new Machines(uri, context), names), othersFiles };
  } catch (error) {
    // It answered a moment ago.
    if (!(error instanceof UserError)) throw error;
    const obstacle = `libvirt on host ${host} is not reachable (${error.message})`;
    return { obstacle, power: new Map(), othersFiles };
  }
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
