import type { Configuration } from '../configuration';
import type { Listing } from '../host/facts';
import type { Read, ResourceState } from '../protocol/provider';
import { valueOf } from './apply';
import { cloneStateOf } from './clone-config';
import type { CloneState } from './clone-state';
import { hasMachine } from './changes';
import { driftOf } from './drift';
import { volumePaths } from './paths';
import { noteKnown } from './planned-clones';
import { ranNoteDrift } from './ran-note';

/**
 * A clone as it is on its host: what was changed by hand is told as drift; it leaves the state only when neither its
 * machine nor any of its volumes is there.
 *
 * A data volume that is gone keeps its path, so that no plan makes an empty one in its place unsaid.
 */
export async function readClone(current: ResourceState, configuration: Configuration): Promise<Read> {
  if (current.state === null) return current;
  const state = cloneStateOf(current.state);
  const host = await configuration.listing.read();
  noteKnown(state, configuration);
  if (isGone(state, host)) return { state: null, private: current.private };
  return {
    state: valueOf({
      ...state,
      autostart: autostartOf(state, host),
      drift: driftsOf(state, host, configuration),
    }),
    private: current.private,
  };
}

function isGone(state: CloneState, { machines, volumes }: Listing): boolean {
  if (hasMachine(state) && machines.has(state.name)) return false;
  const paths = [...volumePaths(state), ...Object.values(state.retained), ...Object.values(state.archived)];
  return !paths.some((path) => volumes.has(path));
}

/** Its own attribute shows what was changed by hand; a definition does not carry it. */
function autostartOf(state: CloneState, { machines }: Listing): boolean {
  const machine = hasMachine(state) ? machines.get(state.name) : undefined;
  return machine?.autostart ?? state.autostart;
}

function driftsOf(state: CloneState, host: Listing, { storage }: Configuration): string[] {
  const machine = host.machines.get(state.name);
  const volumes = Object.entries(state.volumes).flatMap(([volume, { path }]) =>
    path === null || host.volumes.has(path) ? [] : [`volume ${volume} (${path}) is gone`],
  );
  const retained = Object.entries(state.retained).flatMap(([volume, path]) =>
    host.volumes.has(path) ? [] : [`retained volume ${volume} (${path}) is gone`],
  );
  if (!hasMachine(state)) return [...volumes, ...retained];
  const drifts = machine
    ? [...driftOf(state, machine.xml, storage), ...ranNoteDrift(machine)]
    : ['machine is gone'];
  return [...drifts, ...volumes, ...retained];
}
