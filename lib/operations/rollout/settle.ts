import { startMachines } from '../power/start';
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
 * {@link sweep} finds.
 *
 * @throws UserError when something is left that only a person can judge
 */
export async function settle(rollout: Rollout): Promise<void> {
  const { approved, run } = rollout;
  const clones = rolloutClones(touchedClones(approved.review), approved.manifest);
  const underWay = clones.filter(({ key }) => run.clone(key) && isUnderWay(run.clone(key)!));
  await defineMissing(rollout, underWay);
  await noteState(rollout);
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
