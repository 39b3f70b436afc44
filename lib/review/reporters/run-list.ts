import pc from 'picocolors';
import type { RunRecord, RunState } from '../../model/run-record';
import { maskedTexts } from '../masking';
import { spanText, STATE_TEXT, timeText } from './run-facts';
import type { RunOptions } from './run-terminal';
import { textTable } from './text-table';

/** Renders runs as a table for a terminal of 80 columns, two lines a run. */
export function runList(records: readonly RunRecord[], { color }: RunOptions): string {
  if (records.length === 0) return '';
  const { bold, green, red, yellow } = pc.createColors(color);
  const rows = maskedTexts(records).map((run) => {
    const clones = Object.values(run.clones);
    const done = clones.filter(({ phase }) => phase === 'done').length;
    return [
      [run.id, timeText(run.startedAt)],
      [run.stack, run.verb],
      [run.by],
      [STATE_TEXT[run.state]],
      [`${done} of ${clones.length}`, spanText(run.startedAt, run.endedAt) ?? ''],
    ];
  });
  const head = [['Run', 'Begun'], ['Stack', 'Verb'], ['By'], ['State'], ['Through', 'Duration']];
  const paint: Readonly<Record<RunState, (text: string) => string>> = {
    running: yellow,
    paused: yellow,
    interrupted: yellow,
    failed: red,
    done: green,
    superseded: (text) => text,
  };
  const states = records.map(({ state }) => state);
  const ids = records.map(({ id }) => id);
  const lines = textTable(head, rows, { breakable: [1, 2] }).map((line, index) => {
    if (index < head[0]!.length) return bold(line);
    const at = ids.findIndex((id) => line.startsWith(`  ${id} `));
    if (at === -1) return line;
    const word = STATE_TEXT[states[at]!];
    return line.replace(word, paint[states[at]!]);
  });
  return `${lines.join('\n')}\n`;
}
