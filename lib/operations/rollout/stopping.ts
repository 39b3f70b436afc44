import { UserError } from '../../model/user-error';
import { startMachines } from '../power/start';
import type { Stopped } from '../power/stop';
import { stopMachines } from '../power/stop';
import { STARTS_AT_ONCE } from './options';
import type { Rollout, RolloutClone } from './rollout';
import { byHost, enter, hostOf } from './rollout';

/**
 * Asks the machines of clones to shut down and waits until they are off; returns those that stay, and why.
 *
 * Which of them ran, and how each is defined, is on disk before anybody is asked.
 */
export async function stopClones(
  rollout: Rollout,
  clones: readonly RolloutClone[],
): Promise<Map<string, string>> {
  const { options } = rollout;
  for (const clone of clones) await keepDefinition(rollout, clone);
  const busy = new Map<string, string>();
  await Promise.all(
    [...byHost(clones)].map(async ([, some]) => {
      const { machines } = hostOf(rollout, some[0]!);
      const byName = new Map(some.map((clone) => [clone.clone, clone]));
      const states = await machines.states([...byName.keys()]);
      for (const [name, clone] of byName) await noteRunning(rollout, clone, states.get(name)!);
      const asked: Promise<void>[] = [];
      const stopped = await stopMachines(
        machines,
        [...byName.keys()],
        { timeout: options.shutdownTimeout, onBusy: options.onBusy, ...signalOf(rollout) },
        (name, phase) => {
          if (phase === 'asked') asked.push(enter(rollout, byName.get(name)!, 'asked'));
        },
      );
      await Promise.all(asked);
      for (const [name, clone] of byName) await noteStopped(rollout, clone, stopped.get(name)!, busy);
    }),
  );
  return busy;
}

/** Gives up on a wave of which some machines stay: those that were stopped for it are started again. */
export async function startAgain(rollout: Rollout, clones: readonly RolloutClone[]): Promise<void> {
  const stopped = clones.filter(
    ({ key }) => rollout.run.clone(key)?.ran && rollout.run.clone(key)?.phase === 'off',
  );
  await Promise.all(
    [...byHost(stopped)].map(async ([, some]) => {
      const { machines } = hostOf(rollout, some[0]!);
      const names = some.map(({ clone }) => clone);
      const started = await startMachines(machines, names, { atOnce: STARTS_AT_ONCE }, () => undefined);
      for (const clone of some) {
        if (started.get(clone.clone)?.started) await enter(rollout, clone, 'waiting');
        else
          await enter(rollout, clone, 'failed', {
            why: `it did not start again: ${started.get(clone.clone)?.why ?? 'for an unknown reason'}`,
          });
      }
    }),
  );
}

async function keepDefinition(rollout: Rollout, clone: RolloutClone): Promise<void> {
  if ((await rollout.run.keptDefinition(clone.key)) !== undefined) return;
  const { machines } = hostOf(rollout, clone);
  const xml = await machines.definition(clone.clone).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (xml !== undefined) await rollout.run.keepDefinition(clone.key, xml);
}

/** Notes whether a machine runs, unless this run has stopped it before and only goes on. */
async function noteRunning({ run }: Rollout, { key }: RolloutClone, state: string): Promise<void> {
  const runs = ['running', 'idle', 'in shutdown', 'pmsuspended', 'paused'].includes(state);
  const known = run.clone(key);
  if (known?.ran !== true) await run.note(key, { ran: runs });
  // Whoever uses the machine may write: what was proven before says nothing any more.
  if (runs) await run.note(key, { data: {} });
}

async function noteStopped(
  rollout: Rollout,
  clone: RolloutClone,
  stopped: Stopped,
  busy: Map<string, string>,
): Promise<void> {
  const { outcome, why } = stopped;
  if (outcome === 'busy') return void busy.set(clone.key, why ?? 'it stays');
  await enter(rollout, clone, 'off', outcome === 'cut-off' ? { cutOff: true } : {});
}

function signalOf({ context }: Rollout): { signal?: AbortSignal } {
  return context.signal ? { signal: context.signal } : {};
}
