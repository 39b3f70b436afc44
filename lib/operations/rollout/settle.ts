import { isAction } from '../../review/repair';
import { isActive } from '../../tools/machines';
import { stopMachines } from '../power/stop';
import { carryOut, findRepair, readRepairStack } from '../repair';
import { refuseWrongDisks } from './attachments';
import { putStateBack } from './kept-state';
import { proveAfter, unproven } from './proof';
import { defineMissing } from './recovery';
import type { Rollout, RolloutClone } from './rollout';
import { byHost, enter, hostOf, rolloutClones } from './rollout';
import type { Run } from './run';
import { touchedClones } from '../../review';
import { startClones } from './starting';
import { noteState, volumeFiles } from './wave-plan';
import { isUnderWay } from './waves';
import { isOver } from '../../model/run-record';

/**
 * Clears up what a run that was killed has left, before it goes on: a state that was emptied, machines that are not
 * defined any more, and what a repair would mend.
 *
 * @throws UserError when something is left that only a person can judge
 */
export async function settle(rollout: Rollout): Promise<void> {
  const { approved, run } = rollout;
  const clones = rolloutClones(touchedClones(approved.review), approved.manifest);
  const underWay = clones.filter(({ key }) => run.clone(key) && isUnderWay(run.clone(key)!));
  await putStateBack(run, rollout.terraform, rollout.stack, rollout.context);
  await defineMissing(rollout, underWay);
  await stopHalfStarted(rollout, run);
  await sweep(rollout);
  await noteState(rollout);
}

/**
 * Provider 0.8 starts each machine that it defines for a moment; one that was off is left running by a kill just then.
 *
 * It has booted in the meantime, and what it wrote to its data volumes is its own: what was proven of them is void.
 */
async function stopHalfStarted(rollout: Rollout, killed: Run): Promise<void> {
  const { options, context, emit, hosts } = rollout;
  const left = Object.entries(killed.record.clones)
    .filter(([, { phase, ran, host }]) => phase === 'applying' && ran === false && hosts.has(host))
    .map(([key, { clone, host }]) => ({ key, clone, host }));
  for (const [, some] of byHost(left)) {
    const { machines } = hostOf(rollout, some[0]!);
    const states = await machines.states(some.map(({ clone }) => clone));
    const active = some.filter(({ clone }) => isActive(states.get(clone)));
    for (const { key, clone } of active) {
      emit({ event: 'step', step: `stop ${clone}, which the killed run has left running` });
      await killed.note(key, { data: {} });
    }
    const onBusy = options.onBusy === 'abort' ? 'skip' : options.onBusy;
    const signal = context.signal ? { signal: context.signal } : {};
    await stopMachines(
      machines,
      active.map(({ clone }) => clone),
      { timeout: options.shutdownTimeout, onBusy, ...signal },
      () => undefined,
    );
  }
}

/**
 * Deletes what a killed run has left on the hosts, and takes into the state what it made and could not note any more.
 *
 * @throws UserError when a step of it fails
 */
export async function sweep({ terraform, stack, context, emit }: Rollout): Promise<void> {
  const found = await findRepair(await readRepairStack(terraform, stack, context), context);
  const steps = found.steps.filter(isAction);
  if (steps.length === 0) return;
  for (const { what, why } of steps) emit({ event: 'step', step: `repair ${what}: ${why}` });
  await carryOut(terraform, found, context);
}

/**
 * Takes over from an older run that this one supersedes: the machines that it had stopped and that this one touches
 * count as having run; the others are started, since nobody else would. Those that it had left half started are stopped.
 *
 * @throws UserError when a data volume is not what it was before the older run
 */
export async function takeOver(rollout: Rollout, older: Run): Promise<void> {
  const { run, approved, options } = rollout;
  await stopHalfStarted(rollout, older);
  const others: RolloutClone[] = [];
  for (const [key, record] of Object.entries(older.record.clones)) {
    const { pool, clone, host, data, phase } = record;
    if (!record.ran || phase === 'done' || phase === 'skipped') continue;
    if (run.clone(key)) await run.note(key, { ran: true, data });
    else if (!isOver(phase)) {
      const after = approved.manifest.pools[pool]?.clones[clone];
      if (after) others.push({ key, pool, clone, host, fate: 'redefined', reset: true, after });
      await run.add({ [key]: { ...record, phase: 'waiting', phases: [] } });
    }
  }
  if (options.power === 'off' || others.length === 0) return;
  const files = await volumeFiles(rollout);
  await proveAfter(rollout, await unproven(rollout, others), files);
  const wrong = await refuseWrongDisks(rollout, others, files);
  const right = others.filter((clone) => !wrong.includes(clone));
  const failed = await startClones(rollout, right);
  for (const clone of right) if (!failed.includes(clone)) await enter(rollout, clone, 'done');
}
