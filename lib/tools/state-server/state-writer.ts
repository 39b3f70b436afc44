import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two writes of a state: Terraform hands one over at every change. */
const PAUSE = 200;

/** Something that a state is written to. */
export interface Target {
  write(text: string): Promise<void>;
}

/** Writes the last of many states: one at a time, with a pause between them, and what came meanwhile not at all. */
export class StateWriter {
  private waiting: string | undefined;
  private writing: Promise<void> | undefined;
  private hurry = new AbortController();
  private problem: Error | undefined;

  constructor(private readonly target: Target) {}

  /** A state that is to be written, now or after the pause of the last one. */
  put(text: string): void {
    this.waiting = text;
    this.writing ??= this.work();
  }

  /**
   * Waits until the last state is written.
   *
   * @throws the error of its write; the state stays and is written with the next try
   */
  async settled(): Promise<void> {
    if (this.problem && this.waiting !== undefined) this.writing ??= this.work();
    this.hurry.abort();
    await this.writing;
    if (this.problem) throw this.problem;
  }

  /** Whether the last write has failed. */
  get failed(): boolean {
    return this.problem !== undefined;
  }

  private async work(): Promise<void> {
    try {
      while (this.waiting !== undefined) {
        const text = this.waiting;
        await this.target.write(text);
        this.problem = undefined;
        if (this.waiting === text) this.waiting = undefined;
        this.hurry = new AbortController();
        await sleep(PAUSE, undefined, { signal: this.hurry.signal, ref: false }).catch(() => undefined);
      }
    } catch (error) {
      this.problem = error as Error;
    } finally {
      this.writing = undefined;
    }
  }
}
