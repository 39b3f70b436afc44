import { posix } from 'node:path';
import { Layers, machineNames, machinesOf, unknownOf } from '../../layers';
import { parseOverlayFileName } from '../../model/file-names';
import { readHostContents } from '../../tools/host-contents';
import type { Configuration } from '../configuration';
import type { BaseState } from './base-state';

/** What stands on a base, by what libvirt says of everything on the host. */
export interface BaseDependents {
  /** The paths of volumes that have it in their backing chains. */
  readonly volumes: readonly string[];
  /** The names of machines that have such a volume, or the base itself, as a disk. */
  readonly machines: readonly string[];
  /** The clones of regraft, by their overlays' names. */
  readonly clones: readonly string[];
  /** All else, one in a few words each. */
  readonly others: readonly string[];
  /** What could not be looked into, and might stand on it. */
  readonly unknown: readonly string[];
}

/**
 * Asks the whole host anew what stands on base volumes.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function dependentsOn(
  paths: readonly string[],
  { uri, storage }: Configuration,
): Promise<BaseDependents> {
  const contents = await readHostContents(uri, { env: process.env });
  const layers = new Layers(contents);
  const found = paths.map((path) => layers.dependents(path));
  const volumes = [...new Set(found.flatMap(({ files }) => files))].sort();
  const uses = found.flatMap((one) => one.uses);
  const cloneOf = (path: string): string | undefined =>
    posix.dirname(path) === storage.path ? parseOverlayFileName(posix.basename(path))?.clone : undefined;
  const clones = volumes.flatMap((path) => cloneOf(path) ?? []);
  const files = volumes.filter((path) => cloneOf(path) === undefined);
  const ours = new Set(clones);
  const foreign = machinesOf(uses).filter(({ name }) => !ours.has(name));
  return {
    volumes,
    machines: [...new Set(uses.map(({ machine }) => machine))].sort(),
    clones: [...ours].sort(),
    others: [...files, ...machineNames({ machines: foreign })],
    unknown: unknownOf(contents, layers).unknown,
  };
}

/** What stands on the volumes that regraft has made for a base. */
export function readDependents(base: BaseState, configuration: Configuration): Promise<BaseDependents> {
  const own = Object.values(base.volumes).flatMap(({ path, existing }) =>
    path === null || existing !== null ? [] : [path],
  );
  return dependentsOn(own, configuration);
}
