import { join } from 'node:path';
import type { DataRole } from '../model/manifest';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import type { VolumeXml } from '../tools/libvirt-xml';
import { Machines } from '../tools/machines';
import { Virsh } from '../tools/virsh';
import { Volumes } from '../tools/volumes';
import type { Context } from './context';
import type { FleetStack } from './fleet';
import { readFleet } from './fleet';
import { reachOf } from './hosts';

/** Which data volume is meant. */
export interface DataVolumeChoice {
  readonly clone: string;
  /** @default the only one that the clone has */
  readonly volume?: string;
  /** @default the only stack that has such a clone */
  readonly stack?: string;
}

/** A data volume that is in use or in the archive, and where it is. */
export interface FoundDataVolume {
  readonly stack: string;
  readonly role: DataRole;
  readonly uri: string;
  readonly storage: string;
  /** The file name, and its path on the host. */
  readonly file: string;
  readonly path: string;
  readonly volumes: Volumes;
}

/**
 * Finds a data volume of a clone, or one that a retired clone has left, in the stacks as they were applied last.
 *
 * @throws UserError when there is none, when it is not clear which, or when its host cannot be reached
 */
export async function findDataVolume(choice: DataVolumeChoice, context: Context): Promise<FoundDataVolume> {
  const { stacks } = await readFleet(choice.stack === undefined ? [] : [choice.stack], context);
  const all = stacks.flatMap((stack) => dataOf(stack).map((data) => ({ stack, ...data })));
  const clones = [...new Set(all.map(({ role }) => role.clone))];
  const own = all.filter(({ role }) => role.clone === choice.clone);
  if (own.length === 0) {
    throw new UserError(
      `there is no clone ${JSON.stringify(choice.clone)} with data volumes: ${didYouMean(choice.clone, clones)}`,
    );
  }
  const owners = [...new Set(own.map(({ stack }) => stack.stack.name))];
  if (owners.length > 1)
    throw new UserError(`clone ${choice.clone} is in stacks ${owners.join(' and ')}: name one with --stack`);
  const names = own.map(({ role }) => role.volume);
  const chosen = choice.volume === undefined ? own : own.filter(({ role }) => role.volume === choice.volume);
  if (chosen.length === 0) {
    throw new UserError(
      `clone ${choice.clone} has no data volume ${JSON.stringify(choice.volume)}: ${didYouMean(choice.volume!, names)}`,
    );
  }
  if (chosen.length > 1)
    throw new UserError(
      `clone ${choice.clone} has the data volumes ${names.join(', ')}: name the one you mean`,
    );
  return placed(chosen[0]!, context);
}

interface DataInStack {
  readonly stack: FleetStack;
  readonly role: DataRole;
  readonly address: string;
}

function dataOf({ manifest }: FleetStack): { role: DataRole; address: string }[] {
  return Object.entries(manifest.addresses).flatMap(([address, role]) =>
    role.role === 'data' || role.role === 'archived' ? [{ role, address }] : [],
  );
}

function placed({ stack, role, address }: DataInStack, context: Context): FoundDataVolume {
  const name = stack.state.objects.find((one) => one.address === address && one.deposed === undefined)
    ?.attributes['name'];
  if (typeof name !== 'string') {
    throw new UserError(
      `data volume ${role.volume} of clone ${role.clone} is not in the state of stack ${stack.stack.name}: see what regraft status says`,
    );
  }
  const host = stack.manifest.hosts[role.host]!;
  const reach = reachOf(role.host, host, stack.content);
  if ('obstacle' in reach) throw new UserError(`host ${role.host} cannot be reached: ${reach.obstacle}`);
  return {
    stack: stack.stack.name,
    role,
    uri: reach.uri,
    storage: host.storage,
    file: name,
    path: join(host.path, name),
    volumes: new Volumes(reach.uri, host.storage, context),
  };
}

/**
 * What libvirt says of a data volume.
 *
 * @throws UserError when it is not there
 */
export async function factsOf({ volumes, file, storage }: FoundDataVolume): Promise<VolumeXml> {
  const [facts] = await volumes.facts([file]);
  if (facts) return facts;
  throw new UserError(`data volume ${file} is not in storage pool ${storage}: see what regraft status says`);
}

/**
 * Refuses a volume that a machine has open, or whose last writes are in a memory image that was saved.
 *
 * @throws UserError with the machine and the next step
 */
export async function refuseInUse(
  { uri, path, file, storage }: FoundDataVolume,
  context: Context,
): Promise<void> {
  const domains = await new Virsh(uri, context).domains();
  const users = domains.filter(({ disks }) =>
    disks.some(
      ({ source }) =>
        source !== undefined &&
        ('path' in source ? source.path === path : source.pool === storage && source.volume === file),
    ),
  );
  const running = users.find((user) => user.running);
  if (running)
    throw new UserError(
      `machine ${running.name} is running, and ${file} is not at rest: regraft stop ${running.name} first`,
    );
  const saved = await new Machines(uri, context).saved();
  const asleep = users.find(({ name }) => saved.has(name));
  if (asleep)
    throw new UserError(
      `the memory of machine ${asleep.name} is saved, with what it has not written to ${file} yet: regraft start ${asleep.name}, then regraft stop ${asleep.name}`,
    );
}
