import type { Configuration } from '../configuration';
import type { CloneState } from './clone-state';

/** What a process has been asked of clones, by their names: a name is one machine, whatever addresses say. */
export interface PlannedClones {
  /** The states that Terraform had refreshed. */
  readonly known: Map<string, CloneState>;
  readonly claimed: Set<string>;
  readonly made: Set<string>;
}

/** Nothing has been asked yet. */
export function noClones(): PlannedClones {
  return { known: new Map(), claimed: new Set(), made: new Set() };
}

/** Notes that Terraform has a clone in its state. */
export function noteKnown(state: CloneState, configuration: Configuration): void {
  configuration.clones.known.set(state.name, state);
}

/** The clone of that name that Terraform has in its state, as far as it was refreshed or planned in this process. */
export function knownClone(name: string, configuration: Configuration): CloneState | undefined {
  return configuration.clones.known.get(name);
}

/** Takes names for one resource of the configuration or the state; returns the first that another one has taken. */
export function claimNames(names: ReadonlySet<string>, configuration: Configuration): string | undefined {
  const { claimed } = configuration.clones;
  const taken = [...names].find((name) => claimed.has(name));
  for (const name of names) claimed.add(name);
  return taken;
}

/** Notes that this process has made a clone. */
export function noteMade(name: string, configuration: Configuration): void {
  configuration.clones.made.add(name);
}

/** Whether this process has made the clone of that name. */
export function wasMade(name: string, configuration: Configuration): boolean {
  return configuration.clones.made.has(name);
}
