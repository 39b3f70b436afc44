import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { ClonePhase } from '../model/run-record';
import { isOver } from '../model/run-record';
import type { RolloutEvent } from '../operations/rollout/rollout';
import { maskedText } from '../review/masking';
import { plain, quantity } from '../review/reporters/phrases';
import { PHASE_TEXT } from '../review/reporters/run-facts';
import type { Sink } from './terminal';

interface Row {
  readonly phase: ClonePhase;
  readonly since: number;
  readonly why?: string;
}

/** Shows a rollout while it goes: a line a machine on a terminal, a line a step in a pipe. */
export class RolloutView {
  private readonly rows = new Map<string, Row>();
  private readonly live: ReturnType<typeof createLogUpdate> | undefined;
  private readonly colors: ReturnType<typeof pc.createColors>;
  private ticker: NodeJS.Timeout | undefined;
  private title = '';

  constructor(
    private readonly sink: Sink,
    color: boolean,
  ) {
    this.colors = pc.createColors(color);
    if (sink.isTTY)
      this.live = createLogUpdate(sink as unknown as NodeJS.WritableStream, { showCursor: true });
  }

  /** Something has happened. */
  tell(event: RolloutEvent): void {
    switch (event.event) {
      case 'run':
        return this.line(
          `run ${event.id}${event.continued ? ' goes on' : ''}: ${quantity(event.clones, 'machine')} in ${quantity(event.waves, 'wave')}`,
        );
      case 'wave':
        return this.beginWave(event);
      case 'step':
        return this.line(event.step);
      case 'phase':
        return this.phase(event);
      case 'end':
        return this.end();
    }
  }

  /** Leaves the last picture and draws no more. */
  end(): void {
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.draw();
    this.live?.done();
    this.rows.clear();
    this.title = '';
  }

  private beginWave({ wave, of, clones }: Extract<RolloutEvent, { event: 'wave' }>): void {
    this.end();
    const title = `wave ${wave} of ${of}: ${clones.length === 0 ? 'what touches no machine' : quantity(clones.length, 'machine')}`;
    if (!this.live) return this.line(title);
    this.title = title;
    for (const key of clones) this.rows.set(key, { phase: 'waiting', since: Date.now() });
    this.ticker = setInterval(() => this.draw(), 1000).unref();
    this.draw();
  }

  private phase({ pool, clone, phase, why, console: said }: Extract<RolloutEvent, { event: 'phase' }>): void {
    this.rows.set(`${pool}/${clone}`, { phase, since: Date.now(), ...(why === undefined ? {} : { why }) });
    if (this.live) this.draw();
    else this.line(`${clone}: ${PHASE_TEXT[phase]}${why === undefined ? '' : ` (${maskedText(why)})`}`);
    for (const text of said ?? []) this.line(`${clone} | ${plain(maskedText(text))}`);
  }

  private line(text: string): void {
    if (!this.live) return void this.sink.write(`regraft: ${text}\n`);
    this.live.clear();
    this.sink.write(`regraft: ${text}\n`);
    this.draw();
  }

  private draw(): void {
    if (!this.live || this.title === '') return;
    const room = Math.max(3, ((this.sink as { rows?: number }).rows ?? 24) - 3);
    const rows = [...this.rows];
    // What moves is shown first when there is no room for all.
    const shown =
      rows.length <= room ? rows : [...rows].sort(([, a], [, b]) => rank(a) - rank(b)).slice(0, room - 1);
    const width = Math.max(...shown.map(([key]) => nameOf(key).length), 0);
    const lines = shown.map(([key, row]) => `  ${nameOf(key).padEnd(width)}  ${this.state(row)}`);
    const hidden = rows.length - shown.length;
    this.live(
      [this.colors.bold(this.title), ...lines, ...(hidden > 0 ? [`  and ${hidden} more`] : [])].join('\n'),
    );
  }

  private state({ phase, since, why }: Row): string {
    const { green, red, yellow, dim } = this.colors;
    const text = `${PHASE_TEXT[phase]}${why === undefined ? '' : `: ${maskedText(why)}`}`;
    if (phase === 'done') return green(text);
    if (phase === 'failed') return red(text);
    if (phase === 'skipped' || phase === 'reverted') return yellow(text);
    if (phase === 'waiting') return dim(text);
    const seconds = Math.round((Date.now() - since) / 1000);
    return `${text} ${dim(`(${seconds} s)`)}`;
  }
}

function rank({ phase }: Row): number {
  if (phase === 'failed') return 0;
  if (phase === 'waiting') return 2;
  return isOver(phase) ? 3 : 1;
}

function nameOf(key: string): string {
  return key.split('/')[1] ?? key;
}
