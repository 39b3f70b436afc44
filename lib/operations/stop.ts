import { parseOverlayFileName } from '../model/file-names';
import { UserError } from '../model/user-error';
import { quantity } from '../review/reporters/phrases';
import type { Surroundings } from '../tools/process';
import { Machines } from '../tools/machines';
import { Volumes } from '../tools/volumes';
import type { Context } from './context';
import type { FleetClone } from './fleet';
import type { ChosenHost, MachineChoice } from './power/chosen';
import { byHost, chosenClones } from './power/chosen';
import type { BusyPolicy, Stopped } from './power/stop';
import { patiently } from './power/patience';
import { stopMachines } from './power/stop';
import { resetTemporary, temporaryVolumesOf } from './power/temporary';
import { sideBySide } from '../model/side-by-side';

/** What `regraft stop` is asked for. */
export interface StopRequest extends MachineChoice {
  /** Seconds that a guest may take to shut down. */
  readonly timeout: number;
  /** Under `abort`, a busy machine leaves the temporary volumes of all as they are. */
  readonly onBusy: BusyPolicy;
}

/** What became of a machine that was to be stopped. */
export interface StopResult {
  readonly stack: string;
  readonly pool: string;
  readonly clone: string;
  readonly host: string;
  /** Whether it is off and its temporary volumes are fresh. */
  readonly done: boolean;
  /** `unknown` when libvirt could not be asked. */
  readonly outcome: Stopped['outcome'] | 'unknown';
  /** The temporary volumes that were made anew. */
  readonly reset: readonly string[];
  /** What is not done, and why. */
  readonly why?: string;
  /** How long the machine took, in seconds. */
  readonly seconds: number;
}

const NOT_RESET = 'another machine is busy: its temporary volumes stay as they are';

/** How many machines have their temporary volumes reset at a time. */
const AT_ONCE = 4;

type Interim = Pick<StopResult, 'outcome' | 'why' | 'seconds'>;

/**
 * Shuts machines down and resets their temporary volumes, of those that were off already as well.
 *
 * @throws UserError when the choice or the state is at fault; nothing was done then
 */
export async function stop(request: StopRequest, context: Context): Promise<StopResult[]> {
  const clones = await chosenClones(request, context);
  // An interruption ends the waiting, not a virsh that is at work: no volume is left half reset.
  const surroundings: Surroundings = { env: context.env };
  const hosts = byHost(clones);
  let off = 0;
  const machines = quantity(clones.length, 'machine');
  context.progress(`shut down ${machines}`);
  const stopped = new Map<FleetClone, Interim>();
  await Promise.all(
    hosts.map(async (host) => {
      const outcomes = await stopHost(host, request, context, surroundings, () =>
        context.progress(`${++off} of ${machines} off`),
      );
      for (const clone of host.clones) stopped.set(clone, outcomes(clone.clone));
    }),
  );
  const busy = [...stopped.values()].some(({ outcome }) => outcome === 'busy' || outcome === 'unknown');
  const resets = !(busy && request.onBusy === 'abort');
  return sideBySide(AT_ONCE, clones, async (clone) => {
    const interim = stopped.get(clone)!;
    const reset = !isOff(interim)
      ? {}
      : resets
        ? await resetOf(clone, context, surroundings)
        : { why: NOT_RESET };
    const { stack, pool, host } = clone;
    return {
      ...{ stack: stack.stack.name, pool, clone: clone.clone, host },
      ...{ ...interim, done: isOff(interim) && 'reset' in reset, reset: [], ...reset },
    };
  });
}

async function stopHost(
  { uri, clones }: ChosenHost,
  { timeout, onBusy }: StopRequest,
  { signal }: Context,
  surroundings: Surroundings,
  onOff: () => void,
): Promise<(clone: string) => Interim> {
  const machines = new Machines(uri, surroundings);
  const names = clones.map(({ clone }) => clone);
  const options = { timeout, onBusy, ...(signal ? { signal } : {}) };
  try {
    const stopped = await stopMachines(machines, names, options, (_, phase) => {
      if (phase === 'off' || phase === 'cut-off') onOff();
    });
    return (clone) => stopped.get(clone)!;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return () => ({ outcome: 'unknown', why: error.message, seconds: 0 });
  }
}

/** The volumes that were reset, or why not. */
async function resetOf(
  { uri, storage, clone }: FleetClone,
  { signal }: Context,
  surroundings: Surroundings,
): Promise<Pick<StopResult, 'reset'> | { readonly why: string }> {
  if (signal?.aborted) return { why: 'interrupted before its temporary volumes were reset' };
  try {
    const temporary = temporaryVolumesOf(
      await patiently(() => new Machines(uri, surroundings).definition(clone)),
    );
    const volumes = new Volumes(uri, storage, surroundings);
    const files = await patiently(() => resetTemporary(volumes, clone, temporary));
    return { reset: files.map((file) => parseOverlayFileName(file)!.volume) };
  } catch (error) {
    if (error instanceof UserError) return { why: error.message };
    throw error;
  }
}

function isOff({ outcome }: Interim): boolean {
  return outcome === 'was-off' || outcome === 'shut-down' || outcome === 'cut-off';
}
