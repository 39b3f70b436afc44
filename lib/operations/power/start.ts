import { UserError } from '../../model/user-error';
import type { Machines, PowerState } from '../../tools/machines';
import { LostConnection } from '../../tools/virsh-connection';
import { sideBySide } from '../../model/side-by-side';
import { patiently } from './patience';

/** What became of a machine that was to be started. */
export interface Started {
  /** Whether it is active now; one that was active already counts. */
  readonly started: boolean;
  /** Why it is not, in libvirt's words. */
  readonly why?: string;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

/** How machines are started. */
export interface StartOptions {
  /** How many are started at a time. */
  readonly atOnce: number;
  /** Starts no more machines. */
  readonly signal?: AbortSignal;
}

type Report = (machine: string, phase: 'starting' | 'started' | 'failed', why?: string) => void;

/**
 * Starts machines, so many at a time.
 *
 * @throws UserError when libvirt stays unreachable before the first of them; never for one machine's trouble
 */
export async function startMachines(
  machines: Machines,
  names: readonly string[],
  { atOnce, signal }: StartOptions,
  report: Report,
): Promise<Map<string, Started>> {
  const chosen = [...new Set(names)];
  const states = await patiently(() => machines.states(chosen), signal).catch((error: unknown) => {
    if (signal?.aborted) return new Map<string, PowerState>();
    throw error;
  });
  const started = await sideBySide(atOnce, chosen, async (name): Promise<[string, Started]> => {
    const begun = performance.now();
    const why = await trouble(name, states.get(name));
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    report(name, why === undefined ? 'started' : 'failed', why);
    return [name, { started: why === undefined, ...(why === undefined ? {} : { why }), seconds }];
  });
  return new Map(started);

  async function trouble(name: string, state: PowerState | undefined): Promise<string | undefined> {
    if (signal?.aborted) return 'interrupted';
    if (state === 'missing') return 'libvirt has no machine of this name';
    if (isUp(state)) return undefined;
    report(name, 'starting');
    try {
      await patiently(() => startOrSee(machines, name), signal);
      return undefined;
    } catch (error) {
      if (signal?.aborted) return 'interrupted';
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }
}

/** Starts a machine; a start that was carried out although its answer was lost is seen by the machine's state. */
async function startOrSee(machines: Machines, name: string): Promise<void> {
  try {
    await machines.start(name);
  } catch (error) {
    const state = (await machines.states([name])).get(name);
    // libvirt that was lost in the midst of a start leaves the machine paused, and takes it down when it is back.
    if (!isUp(state) || (state === 'paused' && error instanceof LostConnection)) throw error;
  }
}

function isUp(state: PowerState | undefined): boolean {
  return state === 'running' || state === 'idle' || state === 'paused' || state === 'pmsuspended';
}
