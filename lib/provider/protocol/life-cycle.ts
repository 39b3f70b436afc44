import { log, logError } from './log';

/** When the process ends, and what it finishes before. */
export class LifeCycle {
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #ending = false;

  /** `finish` is called once, when nothing is under way any more. */
  constructor(private readonly finish: () => Promise<void>) {}

  /** Aborted when the provider is to stop. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Does what must not be cut off in the middle. */
  async step<Result>(work: () => Promise<Result>): Promise<Result> {
    const step = work();
    this.#underWay.add(step);
    try {
      return await step;
    } finally {
      this.#underWay.delete(step);
    }
  }

  /** Lets what is under way come to its next end, and nothing begin. */
  stop(why: string): void {
    if (this.signal.aborted) return;
    log('INFO', `stopping: ${why}`);
    this.#stopping.abort();
  }

  /** Stops, and ends the process as soon as nothing is under way. */
  end(why: string): void {
    this.stop(why);
    if (this.#ending) return;
    this.#ending = true;
    void this.#end();
  }

  async #end(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    try {
      await this.finish();
    } catch (error) {
      logError(error);
    }
    process.exit();
  }
}

/** Milliseconds between looks at the parent process. */
const LOOK = 1000;

/** Ends the provider when the process that started it is gone, whatever becomes of the connection. */
export function watchParent(life: LifeCycle): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) life.end('the process that started the provider is gone');
  }, LOOK).unref();
}

/** Takes signals as Terraform means them: Ctrl-C goes to the whole process group, and Terraform tells its providers itself. */
export function handleSignals(life: LifeCycle): void {
  process.on('SIGINT', () => log('INFO', 'SIGINT: left to Terraform'));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => life.end(signal));
  // Terraform reads both until it dies; what is under way is finished all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      logError(error);
      process.exitCode = 1;
      life.end(event);
    });
  }
}
