import { posix } from 'node:path';
import { Layers, machineNames, machinesOf, unknownOf } from '../layers';
import type { Manifest } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { BaseAtStake, DependentFact, HostFacts, Plan } from '../review';
import { basesAtStake } from '../review';
import { readHostContents } from '../tools/host-contents';
import type { Surroundings } from '../tools/process';
import { reachOf } from './hosts';
import type { StackContent } from './stacks';

/** Facts with what stands on the base volumes that a plan retires or deletes; of a plan that does neither as they are. */
export async function withDependents(
  facts: readonly HostFacts[],
  plan: Plan,
  hosts: Manifest['hosts'],
  content: StackContent,
  surroundings: Surroundings,
): Promise<HostFacts[]> {
  const atStake = basesAtStake(plan);
  return Promise.all(
    facts.map(async (known) => {
      const bases = atStake.filter(({ host }) => host === known.host);
      const host = hosts[known.host];
      if (bases.length === 0 || host === undefined) return known;
      const reach = reachOf(known.host, host, content);
      if ('obstacle' in reach) return known;
      try {
        return { ...known, ...(await dependentsOf(bases, reach.uri, host.storage, surroundings)) };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { ...known, unknown: [`libvirt on host ${known.host} does not tell it (${error.message})`] };
      }
    }),
  );
}

/**
 * What stands on base volumes of a storage pool, asked of everything on the host.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function dependentsOf(
  bases: readonly BaseAtStake[],
  uri: string,
  storage: string,
  surroundings: Surroundings,
): Promise<Required<Pick<HostFacts, 'dependents' | 'unknown'>>> {
  const contents = await readHostContents(uri, surroundings);
  const layers = new Layers(contents);
  const folder = contents.pools.find(({ name }) => name === storage)?.path;
  return {
    dependents: folder === undefined ? [] : bases.flatMap(({ file }) => factsOn(layers, folder, file)),
    unknown: unknownOf(contents, layers).unknown,
  };
}

function factsOn(layers: Layers, folder: string, base: string): DependentFact[] {
  const path = posix.join(folder, base);
  const direct = machineNames({ machines: machinesOf(layers.usesAt(path)) });
  return [
    ...(direct.length === 0 ? [] : [{ base, path, machines: direct }]),
    ...layers.dependents(path).files.map((file) => ({
      base,
      path: file,
      machines: machineNames({ machines: machinesOf(layers.dependents(file).uses) }),
    })),
  ];
}
