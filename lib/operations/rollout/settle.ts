import { isAction } from '../../review/repair';
import { isActive } from '../../tools/machines';
import { startMachines } from '../power/start';
import { stopMachines } from '../power/stop';
import { carryOut, findRepair, readRepairStack } from '../repair';
import { STARTS_AT_ONCE } from './options';
import { defineMissing } from './recovery';
import type { Rollout, RolloutClone } from './rollout';
import { byHost, hostOf, rolloutClones } from './rollout';
import type { Run } from './run';
import { touchedClones } from '../../review';
import { noteState } from './wave-plan';
import { isUnderWay } from './waves';

/**
 * Clears up what a run that was killed has left, before it goes on: machines that are not defined any more, and what
 * a repair would mend.
 *
 * @throws UserError when something is left that only a person can judge
 */
export async function settle(rollout: Rollout): Promise<void> {
  const { approved, run } = rollout;
  const clones = rolloutClones(touchedClones(approved.review), approved.manifest);
  const underWay = clones.filter(({ key }) => run.clone(key) && isUnderWay(run.clone(key)!));
  await defineMissing(rollout, underWay);
  await stopHalfStarted(rollout, underWay);
  await sweep(rollout);
  await noteState(rollout);
}

/** Provider 0.8 starts each machine that it defines for a moment; one that was off is left running by a kill just then. */
async function stopHalfStarted(rollout: Rollout, clones: readonly RolloutClone[]): Promise<void> {
  const { run, options, context } = rollout;
  const left = clones.filter(
    ({ key }) => run.clone(key)?.phase === 'applying' && run.clone(key)?.ran === false,
  );
  for (const [, some] of byHost(left)) {
    const { machines } = hostOf(rollout, some[0]!);
    const names = some.map(({ clone }) => clone);
    const states = await machines.states(names);
    const active = names.filter((name) => isActive(states.get(name)));
    const onBusy = options.onBusy === 'abort' ? 'skip' : options.onBusy;
    const signal = context.signal ? { signal: context.signal } : {};
    await stopMachines(
      machines,
      active,
      { timeout: options.shutdownTimeout, onBusy, ...signal },
      () => undefined,
    );
  }
}

/** Deletes what the run has left on the hosts, and takes into the state what it made and could not note any more. */
async function sweep({ terraform, stack, context, emit }: Rollout): Promise<void> {
  const found = await findRepair(await readRepairStack(terraform, stack, context), context);
  const steps = found.steps.filter(isAction);
  if (steps.length === 0) return;
  for (const { what, why } of steps) emit({ event: 'step', step: `repair ${what}: ${why}` });
  await carryOut(terraform, found, context);
}

/** Starts what an older run had stopped and this one does not touch: nobody else would. */
export async function startLeftOff(rollout: Rollout, older: Run | undefined): Promise<void> {
  if (!older || rollout.options.power === 'off') return;
  const left = Object.entries(older.record.clones).filter(([, record]) => record.ran && isUnderWay(record));
  const own = new Set(Object.keys(rollout.run.record.clones));
  for (const [key] of left) if (own.has(key)) await rollout.run.note(key, { ran: true });
  const others = left.filter(([key]) => !own.has(key)).map(([, record]) => record);
  for (const [host, some] of byHost(others)) {
    if (!rollout.hosts.has(host)) continue;
    const { machines } = hostOf(rollout, { host } as RolloutClone);
    await startMachines(
      machines,
      some.map(({ clone }) => clone),
      { atOnce: STARTS_AT_ONCE },
      () => undefined,
    );
  }
}
