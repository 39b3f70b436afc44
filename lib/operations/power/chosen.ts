import type { Context } from '../context';
import type { CloneChoice, FleetClone, FleetStack } from '../fleet';
import { chooseClones, readFleet } from '../fleet';
import { reachOf } from '../hosts';

/** Which machines are meant: clones of these stacks, or of all. */
export interface MachineChoice extends CloneChoice {
  readonly stacks: readonly string[];
}

/** The chosen machines of one libvirt connection and storage pool. */
export interface ChosenHost {
  readonly uri: string;
  readonly storage: string;
  readonly clones: readonly FleetClone[];
}

/**
 * The chosen clones of the fleet as it was applied last.
 *
 * @throws UserError when a name is unknown, when nothing is chosen, or when a state cannot be read
 */
export async function chosenClones(choice: MachineChoice, context: Context): Promise<FleetClone[]> {
  const { stacks } = await readFleet(choice.stacks, context);
  for (const stack of stacks) noticeUnreachable(stack, context);
  return chooseClones(stacks, choice);
}

/** Clones by where they are. */
export function byHost(clones: readonly FleetClone[]): ChosenHost[] {
  const hosts = new Map<string, ChosenHost & { clones: FleetClone[] }>();
  for (const clone of clones) {
    const { uri, storage } = clone;
    const key = `${uri}\n${storage}`;
    const host = hosts.get(key) ?? { uri, storage, clones: [] };
    hosts.set(key, host);
    host.clones.push(clone);
  }
  return [...hosts.values()];
}

function noticeUnreachable({ stack, manifest, content }: FleetStack, context: Context): void {
  for (const [name, host] of Object.entries(manifest.hosts)) {
    const reach = reachOf(name, host, content);
    if ('obstacle' in reach) {
      context.notice(`the machines of host ${name} are left out: ${reach.obstacle}`, stack.name);
    }
  }
}
