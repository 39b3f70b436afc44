import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthCheck } from '../../model/health';
import { DEFAULT_HEALTH } from '../../model/health';
import { ConsoleLog } from '../../tools/console-log';
import { checkHealth } from '../health';
import { startMachines } from '../power/start';
import { resetTemporary, temporaryVolumesOf } from '../power/temporary';
import { sideBySide } from '../side-by-side';
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
  const marks = new Map<string, number>();
  const failed = new Map<string, RolloutClone>();
  await Promise.all(
    [...byHost(chosen)].map(async ([, some]) => {
      const { machines } = hostOf(rollout, some[0]!);
      const byName = new Map(some.map((clone) => [clone.clone, clone]));
      for (const clone of some) marks.set(clone.key, (await consoleOf(rollout, clone)?.mark()) ?? 0);
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
    marks,
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
  await check(rollout, chosen, new Map(), failed);
  return [...failed.values()];
}

/** A clone's course ends in failure; what its machine said last is told with it. */
export async function fail(rollout: Rollout, clone: RolloutClone, why: string): Promise<void> {
  const lines = await consoleOf(rollout, clone)
    ?.tail(CONSOLE_LINES)
    .catch(() => []);
  await enter(rollout, clone, 'failed', { why, ...(lines && lines.length > 0 ? { console: lines } : {}) });
}

/** Makes the temporary volumes of clones anew whose plan did not. */
export async function resetClones(rollout: Rollout, clones: readonly RolloutClone[]): Promise<void> {
  await sideBySide(
    STARTS_AT_ONCE,
    clones.filter(({ reset, after }) => !reset && after),
    async (clone) => {
      const { machines, volumes } = hostOf(rollout, clone);
      const temporary = temporaryVolumesOf(await machines.definition(clone.clone));
      await resetTemporary(volumes, clone.clone, temporary);
    },
  );
}

async function check(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  marks: ReadonlyMap<string, number>,
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
        console: console && { log: console, mark: marks.get(clone.key) ?? 0 },
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

function consoleOf(rollout: Rollout, clone: RolloutClone): ConsoleLog | undefined {
  const folder = rollout.approved.manifest.pools[clone.pool]?.consoleLogs;
  if (folder === undefined) return undefined;
  return new ConsoleLog(hostOf(rollout, clone).uri, folder, clone.clone, rollout.context);
}
