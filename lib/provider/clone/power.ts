import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../model/user-error';
import { startMachines } from '../../operations/power/start';
import { stopMachines } from '../../operations/power/stop';
import { isActive } from '../../tools/machines';
import type { Configuration } from '../configuration';
import type { ListedMachine } from '../host/facts';
import { dropRanNote, noteRan } from './ran-note';

/**
 * Asks a clone's machine to shut down and waits until it is off; one that was off is not asked.
 *
 * That it ran is noted in its metadata, and the note stays whatever becomes of it: a guest may shut down too late.
 *
 * Under `on_busy = "abort"` the first machine that stays is the last that is asked in this process.
 *
 * @throws UserError when it stays as it is
 */
export async function stopClone(
  { name, state }: Pick<ListedMachine, 'name' | 'state'>,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<void> {
  const { machines, shutdownTimeout, onBusy, stopping } = configuration;
  if (stopping.refusal !== undefined)
    throw new UserError(`clone ${name} is left as it is: ${stopping.refusal}`);
  if (signal.aborted) throw new UserError(`clone ${name} is left as it is: Terraform was interrupted`);
  if (!isActive(state)) return;
  await noteRan(name, configuration);
  const options = { timeout: shutdownTimeout, onBusy, signal };
  const stopped = (await stopMachines(machines, [name], options, () => undefined)).get(name)!;
  if (stopped.outcome !== 'busy') return;
  const why = stopped.why ?? 'it stays';
  if (signal.aborted) await awaitLate(name, configuration);
  if (onBusy === 'abort' && !signal.aborted)
    stopping.refusal = `machine ${name} did not shut down, and on_busy = "abort" asks no further one then`;
  throw new UserError(
    `clone ${name} is left as it is, since its machine must be off: ${why}; shut it down and apply again, or say on_busy = "force" or a longer shutdown_timeout`,
  );
}

/** Seconds that a guest is given which was asked before Terraform was interrupted. */
const LATE = 30;

/** A guest that was asked goes on shutting down although nobody wants it any more: it is started again then. */
async function awaitLate(name: string, configuration: Configuration): Promise<void> {
  const { machines } = configuration;
  const end = performance.now() + LATE * 1000;
  while (performance.now() < end) {
    if (!isActive((await machines.states([name])).get(name))) {
      await startClone(name, configuration);
      return dropRanNote(name, configuration);
    }
    await sleep(1000);
  }
}

/**
 * Starts a clone's machine, not too many at a time in this process; one that runs already counts.
 *
 * @throws UserError with libvirt's words
 */
export async function startClone(name: string, { machines, starts }: Configuration): Promise<void> {
  const started = await starts(() => startMachines(machines, [name], { atOnce: 1 }, () => undefined));
  const { started: runs, why } = started.get(name)!;
  if (!runs) throw new UserError(why ?? 'for an unknown reason');
}

/** Whether a machine is to run after a change, by what it did before. */
export function runsAfter({ power }: Pick<Configuration, 'power'>, ran: boolean): boolean {
  return power === 'on' || (power === 'restore' && ran);
}
