import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthCheck } from '../../model/health';
import { DEFAULT_HEALTH } from '../../model/health';
import { UserError } from '../../model/user-error';
import { ConsoleLog } from '../../tools/console-log';
import { isActive } from '../../tools/machines';
import { checkHealth } from '../health';
import { startMachines } from '../power/start';
import { resetTemporary, temporaryVolumesOf } from '../power/temporary';
import { sideBySide } from '../../model/side-by-side';
import { STARTS_AT_ONCE } from './options';
import type { Rollout, RolloutClone } from './rollout';
import { byHost, enter, hostOf } from './rollout';

/** Health checks that go on at the same time. */
const CHECKS_AT_ONCE = 8;

/** How much of a console a failure shows. */
const CONSOLE_LINES = 10;

/** Starts the machines that are to run after a wave, and checks them; returns the clones that failed. */
export async function startClones(
  rollout: Rollout,
  clones: readonly RolloutClone[],
): Promise<RolloutClone[]> {
  const chosen = clones.filter((clone) => clone.after && isToRun(rollout, clone));
  const failed = new Map<string, RolloutClone>();
  await Promise.all(
    [...byHost(chosen)].map(async ([, some]) => {
      const { machines } = hostOf(rollout, some[0]!);
      const byName = new Map(some.map((clone) => [clone.clone, clone]));
      const states = await machines.states([...byName.keys()]);
      for (const clone of some) if (!isActive(states.get(clone.clone))) await markConsole(rollout, clone);
      const phases: Promise<void>[] = [];
      const started = await startMachines(
        machines,
        [...byName.keys()],
        { atOnce: STARTS_AT_ONCE },
        (name, phase) => {
          if (phase !== 'failed') phases.push(enter(rollout, byName.get(name)!, phase));
        },
      );
      await Promise.all(phases);
      for (const [name, { started: runs, why }] of started) {
        if (runs) continue;
        failed.set(byName.get(name)!.key, byName.get(name)!);
        await fail(rollout, byName.get(name)!, `it did not start: ${why ?? 'for an unknown reason'}`);
      }
    }),
  );
  await check(
    rollout,
    chosen.filter(({ key }) => !failed.has(key)),
    failed,
  );
  return [...failed.values()];
}

/** Waits until a wave has baked, and looks once more at its machines; returns those that have failed by then. */
export async function bake(rollout: Rollout, clones: readonly RolloutClone[]): Promise<RolloutClone[]> {
  const { options, emit, stop, context } = rollout;
  const chosen = clones.filter((clone) => clone.after && isToRun(rollout, clone));
  if (options.bake === 0 || chosen.length === 0) return [];
  emit({ event: 'step', step: `bakes for ${options.bake} min` });
  const signals = [stop, context.signal].filter((signal) => signal !== undefined);
  await sleep(options.bake * 60_000, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
  if (stop?.aborted || context.signal?.aborted) return [];
  const failed = new Map<string, RolloutClone>();
  await check(rollout, chosen, failed);
  for (const clone of chosen) if (!failed.has(clone.key)) await enter(rollout, clone, 'done');
  return [...failed.values()];
}

/** A clone's course ends in failure; what its machine has said last, since it was started, is told with it. */
export async function fail(rollout: Rollout, clone: RolloutClone, why: string): Promise<void> {
  const lines = await consoleOf(rollout, clone)
    ?.tail(CONSOLE_LINES, rollout.run.clone(clone.key)?.consoleMark)
    .catch(() => []);
  await enter(rollout, clone, 'failed', { why, ...(lines && lines.length > 0 ? { console: lines } : {}) });
}

/** Makes the temporary volumes of clones anew whose plan did not, and whose machines are off. */
export async function resetClones(rollout: Rollout, clones: readonly RolloutClone[]): Promise<void> {
  await sideBySide(
    STARTS_AT_ONCE,
    clones.filter(({ reset, after }) => !reset && after),
    async (clone) => {
      const { machines, volumes } = hostOf(rollout, clone);
      if (isActive((await machines.states([clone.clone])).get(clone.clone))) return;
      const temporary = temporaryVolumesOf(await machines.definition(clone.clone));
      await resetTemporary(volumes, clone.clone, temporary);
    },
  );
}

async function check(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  failed: Map<string, RolloutClone>,
): Promise<void> {
  await sideBySide(CHECKS_AT_ONCE, clones, async (clone) => {
    await enter(rollout, clone, 'checking');
    const { uri, machines } = hostOf(rollout, clone);
    const console = consoleOf(rollout, clone);
    const { pool, clone: name } = clone;
    const { env, folder, signal } = rollout.context;
    const result = await checkHealth(
      {
        pool,
        clone: name,
        uri,
        machines,
        console,
        consoleMark: rollout.run.clone(clone.key)?.consoleMark ?? 0,
        env,
        folder,
      },
      checksOf(rollout, clone),
      signal ? { signal } : {},
    );
    if (result.healthy) return;
    failed.set(clone.key, clone);
    await fail(rollout, clone, result.what);
  });
}

function isToRun({ options, run }: Rollout, { key }: RolloutClone): boolean {
  if (options.power === 'restore') return run.clone(key)?.ran === true;
  return options.power === 'on';
}

function checksOf({ approved }: Rollout, { pool }: RolloutClone): readonly HealthCheck[] {
  return approved.manifest.pools[pool]?.health ?? DEFAULT_HEALTH;
}

/** What it said before is not said by this start; a run that goes on looks from where the start was. */
async function markConsole(rollout: Rollout, clone: RolloutClone): Promise<void> {
  const mark = await consoleOf(rollout, clone)
    ?.mark()
    .catch(() => undefined);
  if (mark !== undefined) await rollout.run.note(clone.key, { consoleMark: mark });
}

/** Where the console of a clone is read; `undefined` where it is not written, or not readable from here. */
function consoleOf(rollout: Rollout, clone: RolloutClone): ConsoleLog | undefined {
  const folder = rollout.approved.manifest.pools[clone.pool]?.consoleLogs;
  if (folder === undefined) return undefined;
  try {
    return ConsoleLog.of(hostOf(rollout, clone).uri, folder, clone.clone, rollout.context);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
