import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../model/user-error';
import type { Machines, PowerState } from '../../tools/machines';
import { isActive } from '../../tools/machines';
import { sideBySide } from '../../model/side-by-side';
import { patiently } from './patience';

/** What becomes of a machine that does not shut down: give up, leave it as it is, or cut its power. */
export type BusyPolicy = 'abort' | 'skip' | 'force';

/** How machines are stopped. */
export interface StopOptions {
  /** Seconds that a guest may take to shut down. */
  readonly timeout: number;
  /** `abort` and `skip` both leave a busy machine as it is: what that means for the others is the caller's matter. */
  readonly onBusy: BusyPolicy;
  /** Ends the waiting; machines that were asked and are not off yet are busy. */
  readonly signal?: AbortSignal;
}

/** What became of a machine that was to be stopped. */
export interface Stopped {
  readonly machine: string;
  /** Whether it was active before anybody asked. */
  readonly ran: boolean;
  /** `cut-off` is said as well of a machine whose saved memory was dropped. */
  readonly outcome: 'was-off' | 'shut-down' | 'cut-off' | 'busy' | 'missing';
  /** Why it stays, for a busy one: the state it is in, a saved memory image, libvirt's words. */
  readonly why?: string;
  /** How long it took, in seconds. */
  readonly seconds: number;
}

/** What happens to a machine on its way; the last three end it. */
export type StopPhase = 'asked' | 'off' | 'cut-off' | 'busy';

type Report = (machine: string, phase: StopPhase, why?: string) => void;

/** What a look at a machine finds: its state, or that it is off with a saved memory image. */
type Sight = PowerState | 'saved';

/** How many virsh run at a time. */
const AT_ONCE = 16;

/** Milliseconds between two looks at the machines. */
const LOOK = 1000;

/** Milliseconds between two presses of the power button: a guest that is still booting misses it. */
const PRESS = 10_000;

/** Milliseconds until the next press when libvirt did not carry out one. */
const PRESS_AGAIN = 2000;

/**
 * Asks machines to shut down, all at once, and waits until they are off.
 *
 * @throws UserError when libvirt stays unreachable; never for one machine's trouble
 */
export async function stopMachines(
  machines: Machines,
  names: readonly string[],
  options: StopOptions,
  report: Report,
): Promise<Map<string, Stopped>> {
  return new Stopping(machines, options, report).stop([...new Set(names)]);
}

class Stopping {
  private readonly begun = performance.now();
  private readonly stopped = new Map<string, Stopped>();
  /** The machines that are not off yet, as they were at the last look. */
  private readonly waiting = new Map<string, Sight>();
  private readonly active = new Set<string>();
  private readonly asked = new Set<string>();
  /** What libvirt said when it did not carry out the last press. */
  private readonly words = new Map<string, string>();

  constructor(
    private readonly machines: Machines,
    private readonly options: StopOptions,
    private readonly report: Report,
  ) {}

  async stop(names: readonly string[]): Promise<Map<string, Stopped>> {
    for (const [name, sight] of await this.look(names)) {
      if (sight !== undefined && sight !== 'saved' && isActive(sight)) this.active.add(name);
      await this.judge(name, sight);
    }
    const over = new AbortController();
    const asking = this.askAgainAndAgain(over.signal);
    try {
      await this.watch();
    } finally {
      over.abort();
      // A press that comes late would reach a machine that was started again in the meantime.
      await asking;
    }
    await sideBySide(AT_ONCE, [...this.waiting.keys()], (name) => this.giveUp(name));
    return new Map(names.map((name) => [name, this.stopped.get(name)!]));
  }

  private async watch(): Promise<void> {
    const end = this.begun + this.options.timeout * 1000;
    while (this.waiting.size > 0 && !this.interrupted) {
      const left = end - performance.now();
      if (left <= 0) return;
      await pause(Math.min(LOOK, left), this.options.signal);
      for (const [name, sight] of await this.look([...this.waiting.keys()])) await this.judge(name, sight);
    }
  }

  /** Says of a machine that it is off, gives it up when it will not hear, or waits on. */
  private async judge(name: string, sight: Sight | undefined): Promise<void> {
    if (sight === undefined) return void this.waiting.set(name, this.waiting.get(name) ?? 'missing');
    if (sight === 'missing') return this.end(name, 'missing', 'libvirt has no machine of this name');
    if (sight !== 'saved' && !isActive(sight)) {
      return this.end(name, this.active.has(name) ? 'shut-down' : 'was-off');
    }
    // One that is just starting, or of which a snapshot is made, is paused for a moment.
    const stays = sight === 'saved' || (sight === 'paused' && this.waiting.get(name) === 'paused');
    this.waiting.set(name, sight);
    if (stays) await this.giveUp(name);
  }

  private async askAgainAndAgain(over: AbortSignal): Promise<void> {
    while (this.waiting.size > 0 && !over.aborted && !this.interrupted) {
      await sideBySide(AT_ONCE, [...this.waiting.keys()], (name) => this.ask(name));
      const failed = [...this.waiting.keys()].some((name) => this.words.has(name));
      await pause(failed ? PRESS_AGAIN : PRESS, over, this.options.signal);
    }
  }

  private async ask(name: string): Promise<void> {
    const sight = this.waiting.get(name);
    if (this.interrupted || (sight !== 'running' && sight !== 'idle' && sight !== 'pmsuspended')) return;
    const mode = this.asked.has(name) && !this.words.has(name) ? 'acpi' : undefined;
    if (!this.asked.has(name)) this.report(name, 'asked');
    this.asked.add(name);
    try {
      if (sight === 'pmsuspended') await this.machines.wake(name);
      await this.machines.shutdown(name, mode);
      this.words.delete(name);
    } catch (error) {
      this.words.set(name, this.wordsOf(error));
    }
  }

  /** Cuts the power of a machine that stays, when the policy says so. */
  private async giveUp(name: string): Promise<void> {
    const sight = this.waiting.get(name)!;
    if (this.interrupted) return this.end(name, 'busy', 'interrupted');
    if (this.options.onBusy !== 'force') return this.end(name, 'busy', this.why(name, sight));
    let tries = 0;
    const cut = (): Promise<void> => {
      tries++;
      return sight === 'saved' ? this.machines.dropSaved(name) : this.machines.cutPower(name);
    };
    try {
      await patiently(cut, this.options.signal);
      this.end(name, 'cut-off');
    } catch (error) {
      const words = this.wordsOf(error);
      const now = (await this.look([name])).get(name);
      if (now === undefined || now === 'saved' || isActive(now)) return this.end(name, 'busy', words);
      // It shut down just now, unless it was a first try whose answer was lost.
      this.end(name, tries > 1 || sight === 'saved' ? 'cut-off' : 'shut-down');
    }
  }

  private why(name: string, sight: Sight): string {
    if (sight === 'saved') {
      return `it has a saved memory image, which belongs to its system volume as it is now: start it, or drop the image (virsh managedsave-remove ${name})`;
    }
    if (sight === 'paused') return `it is paused and hears no power button: resume it (virsh resume ${name})`;
    const words = this.words.get(name);
    return `it is ${sight} after ${this.options.timeout} s${words === undefined ? '' : `; libvirt: ${words}`}`;
  }

  private end(name: string, outcome: Stopped['outcome'], why?: string): void {
    this.waiting.delete(name);
    const seconds = Math.round((performance.now() - this.begun) / 100) / 10;
    const told = why === undefined ? {} : { why };
    this.stopped.set(name, { machine: name, ran: this.active.has(name), outcome, ...told, seconds });
    this.report(name, outcome === 'busy' || outcome === 'cut-off' ? outcome : 'off', why);
  }

  /** What each machine does now; `undefined` when the looking was interrupted. */
  private async look(names: readonly string[]): Promise<Map<string, Sight | undefined>> {
    const { signal } = this.options;
    try {
      const states = await patiently(() => this.machines.states(names), signal);
      const isOff = (name: string): boolean => ['shut off', 'crashed'].includes(states.get(name)!);
      const saved = names.some(isOff) ? await patiently(() => this.machines.saved(), signal) : new Set();
      return new Map(
        names.map((name) => [name, isOff(name) && saved.has(name) ? 'saved' : states.get(name)]),
      );
    } catch (error) {
      if (!this.interrupted) throw error;
      return new Map(names.map((name) => [name, undefined]));
    }
  }

  private wordsOf(error: unknown): string {
    if (this.interrupted) return 'interrupted';
    if (error instanceof UserError) return error.message;
    throw error;
  }

  private get interrupted(): boolean {
    return this.options.signal?.aborted === true;
  }
}

/** Waits some milliseconds, or until one of the signals. */
async function pause(milliseconds: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
