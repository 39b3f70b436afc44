import { UserError } from '../../model/user-error';
import { patiently } from '../../operations/power/patience';
import { isActive } from '../../tools/machines';
import type { Configuration } from '../configuration';
import type { ListedMachine } from '../host/facts';
import type { CloneVolumes } from './apply-volumes';
import { startClone } from './power';
import { dropRanNote } from './ran-note';

/** How far an apply came that failed. */
export interface Failed {
  /** The machine before anything of it was changed. */
  readonly former: ListedMachine;
  /** Whether it was defined anew or undefined, or that was tried. */
  readonly defined: boolean;
  /** Whether it was shut down. */
  readonly stopped: boolean;
  /** Whether it is to run again. */
  readonly restart: boolean;
  /** The paths of what was made and nobody needs now. */
  readonly made: readonly string[];
}

/**
 * Gives a machine its former definition, starts it again if it ran, and deletes what was made for the new one.
 *
 * @returns what to tell the user when that fails as well
 */
export async function goBack(
  { former, defined, stopped, restart, made }: Failed,
  volumes: CloneVolumes,
  configuration: Configuration,
): Promise<string | undefined> {
  const { machines, listing } = configuration;
  const { name } = former;
  try {
    const now = await patiently(() => listing.machine(name));
    if (defined && now?.xml !== former.xml) await patiently(() => machines.define(former.xml));
    if (now && now.autostart !== former.autostart) await machines.autostart(name, former.autostart);
    if (restart && !isActive(now?.state)) await startClone(name, configuration);
    // One that still shuts down, too late, is started again by the next apply.
    if (stopped) await dropRanNote(name, configuration);
    await volumes.delete(made);
    await listing.machine(name);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `machine ${name} could not be brought back to what it was: ${error.message}; see "virsh dominfo ${name}", and apply again`;
  }
}

/**
 * Deletes what was made for a machine that was never defined; data that was there before is not among it.
 *
 * @returns what to tell the user when not all of it goes
 */
export async function unmake(
  name: string,
  volumes: CloneVolumes,
  { listing }: Configuration,
): Promise<string | undefined> {
  try {
    if (!(await listing.machine(name))) await volumes.delete(volumes.made);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `what was made of clone ${name} is not all deleted: ${error.message}`;
  }
}
