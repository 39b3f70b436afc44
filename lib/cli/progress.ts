import type { Sink } from './terminal';

/** Says what goes on: one live line on a terminal, plain lines in a pipe. */
export class Progress {
  private readonly running = new Map<string, { step: string; since: number }>();
  private ticker: NodeJS.Timeout | undefined;
  private drawn = false;

  constructor(private readonly sink: Sink) {}

  /** A step begins, of a stack or of the whole; `done` ends the last one of a stack. */
  step(step: string, stack = ''): void {
    const label = stack === '' ? step : `${stack}: ${step}`;
    const since = this.running.get(stack)?.since ?? Date.now();
    if (stack !== '') this.running.delete('');
    if (step === 'done') this.running.delete(stack);
    else this.running.set(stack, { step, since });
    if (this.sink.isTTY) this.live();
    else this.sink.write(`regraft: ${label}${step === 'done' ? ` (${seconds(since)})` : ''}\n`);
  }

  /** Writes lines between the progress. */
  say(text: string): void {
    this.clear();
    this.sink.write(`${text}\n`);
    if (this.running.size > 0 && this.sink.isTTY) this.draw();
  }

  /** Ends all steps. */
  end(): void {
    this.running.clear();
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.clear();
  }

  private live(): void {
    if (this.running.size === 0) return this.end();
    this.draw();
    this.ticker ??= setInterval(() => this.draw(), 1000).unref();
  }

  private draw(): void {
    const parts = [...this.running].map(
      ([stack, { step, since }]) => `${stack === '' ? '' : `${stack}: `}${step} (${seconds(since)})`,
    );
    this.sink.write(`\r\u001b[K${parts.join(', ').slice(0, (this.sink.columns ?? 80) - 1)}`);
    this.drawn = true;
  }

  private clear(): void {
    if (this.drawn) this.sink.write('\r\u001b[K');
    this.drawn = false;
  }
}

function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1000)} s`;
}
