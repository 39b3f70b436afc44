import type { CdktfProject } from '../../tools/cdktf';
import type { Wave, WaveEnd } from './course';
import { cloneKey } from '../../model/run-record';
import { course } from './course';
import { growthsOf, growVolumes } from './grow';
import { revertWave } from './revert-wave';
import type { Rollout, RolloutClone } from './rollout';
import { bake } from './starting';
import { waveRecords, wavesFor, wavesLeft } from './waves';

/** What a rollout needs beside its own parts. */
export interface RollRequest {
  /** The clones that the approved plan touches. */
  readonly clones: readonly RolloutClone[];
  readonly goOn?: (wave: number, of: number) => Promise<boolean>;
  readonly project: CdktfProject;
}

/** How a rollout ends; `incomplete` when clones were skipped. */
export type RollEnding = 'done' | 'incomplete' | 'paused' | 'failed' | 'interrupted';

/**
 * Takes the waves that are left one after the other, until one fails, a pause ends the command, or a person interrupts.
 *
 * @throws UserError when a wave is given up
 */
export async function roll(rollout: Rollout, { clones, goOn, project }: RollRequest): Promise<RollEnding> {
  const { run, options, emit, stop, approved } = rollout;
  const waves = wavesLeft(wavesFor(clones, approved.manifest, options), run.record.clones);
  const over = run.record.waves.filter(({ state }) => state === 'done');
  await run.setWaves(waveRecords(over, waves));
  const total = over.length + waves.length;
  const moving = waves.reduce((sum, wave) => sum + wave.clones.length, 0);
  emit({
    event: 'run',
    id: run.record.id,
    continued: run.record.continuedAt.length > 0,
    clones: moving,
    waves: total,
  });
  const skipped: RolloutClone[] = [];
  let failures = 0;
  for (const [at, wave] of waves.entries()) {
    const index = over.length + at;
    if (stop?.aborted) return ended(rollout, 'interrupted', `interrupted after wave ${index} of ${total}`);
    // The rest of the plan would move those that were skipped as well.
    const whole = wave.whole && skipped.length === 0;
    if (!whole && wave.clones.length === 0) continue;
    if (at > 0 && options.pause && wave.clones.length > 0 && !(await goOn?.(index + 1, total))) {
      return ended(rollout, 'paused', `paused after wave ${index} of ${total}`);
    }
    emit({ event: 'wave', wave: index + 1, of: total, clones: wave.clones.map(({ key }) => key) });
    await run.wave(index, { state: 'running', startedAt: new Date().toISOString() });
    const end = await courseOf(rollout, { ...wave, whole }, index);
    skipped.push(...end.skipped);
    failures += end.failed.length;
    await run.wave(index, {
      state: end.failed.length > 0 ? 'failed' : 'done',
      endedAt: new Date().toISOString(),
    });
    if (failures > options.maxFailures) return giveUp(rollout, wave, end, index + 1, total, project);
  }
  const problem = await growTheRest(rollout, skipped);
  if (problem !== undefined) return ended(rollout, 'failed', problem);
  if (skipped.length > 0) {
    const names = skipped.map(({ clone }) => clone).join(', ');
    await run.end(
      'paused',
      `${skipped.length} ${skipped.length === 1 ? 'clone was' : 'clones were'} skipped: ${names}`,
    );
    return 'incomplete';
  }
  await run.end('done');
  return 'done';
}

/** Data volumes of machines that no wave has touched, and those that a wave could not grow; none of a skipped clone. */
async function growTheRest(rollout: Rollout, skipped: readonly RolloutClone[]): Promise<string | undefined> {
  const left = new Set(skipped.map(({ key }) => key));
  const growths = growthsOf(rollout.approved).filter(({ pool, clone }) => !left.has(cloneKey(pool, clone)));
  const failures = await growVolumes(rollout, growths);
  if (failures.length === 0) return undefined;
  return `${failures.length === 1 ? 'a data volume was' : `${failures.length} data volumes were`} not grown: ${failures.join('; ')}`;
}

async function courseOf(rollout: Rollout, wave: Wave, index: number): Promise<WaveEnd> {
  try {
    const end = await course(rollout, wave);
    const through = wave.clones.filter((clone) => ![...end.failed, ...end.skipped].includes(clone));
    const baked = wave.whole ? [] : await bake(rollout, through);
    return { ...end, failed: [...end.failed, ...baked] };
  } catch (error) {
    await rollout.run.wave(index, { state: 'failed', endedAt: new Date().toISOString() });
    throw error;
  }
}

/** Stops the rollout at a wave that failed; the clones that are not in it stay as they are. */
async function giveUp(
  rollout: Rollout,
  wave: Wave,
  end: WaveEnd,
  number: number,
  total: number,
  project: CdktfProject,
): Promise<RollEnding> {
  const { run, options } = rollout;
  const machines = end.failed
    .map(({ key, clone }) => `${clone}: ${run.clone(key)?.why ?? 'it failed'}`)
    .join('; ');
  const failed = `wave ${number} of ${total} failed (${machines})`;
  if (options.onFailure === 'stop')
    return ended(rollout, 'failed', `${failed}; the clones of later waves are as they were`);
  const back = await revertWave(
    rollout,
    wave.clones.filter((clone) => !end.skipped.includes(clone)),
    project,
  );
  return ended(rollout, 'failed', `${failed}; ${back}`);
}

async function ended(
  { run }: Rollout,
  state: 'paused' | 'failed' | 'interrupted',
  problem: string,
): Promise<RollEnding> {
  await run.end(state, problem);
  return state;
}
