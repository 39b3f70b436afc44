import pc from 'picocolors';
import type { CloneRecord, RunRecord } from '../../model/run-record';
import { maskedText, maskedTexts } from '../masking';
import { plain } from './phrases';
import { runFacts } from './run-facts';
import type { MachineFacts, VolumeFacts } from './run-machines';
import { machineFacts, runHead, waveLines } from './run-machines';
import { WIDTH, wrap, wrapPieces } from './text-table';

/** How a run is shown. */
export interface RunOptions {
  readonly color: boolean;
}

type Colors = ReturnType<typeof pc.createColors>;

/** What came of a run, in some lines for a person. */
export function runSummary(run: RunRecord, { color }: RunOptions): string {
  const { green, red, yellow, bold } = pc.createColors(color);
  const { headline, proven, grown, failed, skipped, reverted, next, good } = runFacts(run);
  const lines = [
    ...failed.flatMap((clone) => [
      red(`${clone.clone} failed: ${maskedText(clone.why ?? 'for an unknown reason')}`),
      ...consoleOf(clone),
    ]),
    ...skipped.map(({ clone, why }) => yellow(`${clone} was skipped: ${maskedText(why ?? '')}`)),
    ...reverted.map(({ clone }) => yellow(`${clone} is back on its retained overlays`)),
    ...(run.problem === undefined ? [] : [red(maskedText(run.problem))]),
    good ? green(bold(headline)) : bold(headline),
    ...(proven === undefined ? [] : [proven]),
    ...(grown === undefined ? [] : [grown]),
    ...(next === undefined ? [] : [next]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Renders one run in full for a terminal of 80 columns: its head, its waves, each machine, and what came of it last. */
export function runReport(record: RunRecord, { color }: RunOptions): string {
  const run = maskedTexts(record);
  const colors = pc.createColors(color);
  const { headline, proven, grown, next, good } = runFacts(run);
  const head = runHead(run);
  const width = Math.max(...head.map(([name]) => name.length)) + 2;
  const parts = [
    [
      colors.bold(wrap(`Run ${run.id}: ${run.verb} of stack ${run.stack}`)),
      ...head.map(([name, value]) => beside(name.padEnd(width), value)),
    ],
    waveLines(run).map((line) => wrap(line)),
    ...machineFacts(run).map((machine) => machinePart(machine, colors)),
    [
      ...(run.problem === undefined ? [] : [painted(wrap(run.problem), colors.red)]),
      ...(proven === undefined ? [] : [wrap(proven)]),
      ...(grown === undefined ? [] : [wrap(grown)]),
      ...(next === undefined ? [] : [wrap(next)]),
      painted(wrap(headline), (text) => colors.bold(good ? colors.green(text) : text)),
    ],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function machinePart({ key, record, end, power, steps, volumes }: MachineFacts, colors: Colors): string[] {
  return [
    painted(wrap(`${key} on ${record.host}: ${end}`), (text) =>
      colors.bold(record.phase === 'failed' ? colors.red(text) : text),
    ),
    wrap(`${power}.`, '  '),
    ...(steps.length === 0 ? [] : [wrapPieces(sentence(steps), '  ')]),
    ...(record.why === undefined ? [] : [wrap(`Why: ${record.why}`, '  ')]),
    ...consoleOf(record),
    ...volumes.flatMap((volume) => volumePart(volume, colors)),
  ];
}

function volumePart({ volume, file, before, after, verdict }: VolumeFacts, { red }: Colors): string[] {
  const title = wrap(`${volume}: ${verdict} (${file})`, '  ');
  return [
    verdict === 'CHANGED' ? painted(title, red) : title,
    ...(before === undefined ? [] : [beside('    before ', before)]),
    ...(after === undefined ? [] : [beside('    after  ', after)]),
  ];
}

/** A row of steps, none of which is parted from how long it took. */
function sentence(steps: readonly string[]): string[] {
  return steps.map((step, index) => `${step}${index === steps.length - 1 ? '.' : ','}`);
}

/** A text beside its name, the lines after the first under the first. */
function beside(name: string, text: string): string {
  return name + wrap(text, ' '.repeat(name.length)).slice(name.length);
}

/** Painted line by line, so that each can be read alone, as in a pager. */
function painted(text: string, paint: (line: string) => string): string {
  return text.split('\n').map(paint).join('\n');
}

/** What a machine said, each line broken where the terminal ends and nowhere else. */
function consoleOf({ console: said = [] }: CloneRecord): string[] {
  return said.flatMap((line) => {
    const text = plain(maskedText(line)).trimEnd();
    const room = WIDTH - 4;
    const rows = Math.max(1, Math.ceil(text.length / room));
    return Array.from({ length: rows }, (_, row) => `  | ${text.slice(row * room, (row + 1) * room)}`);
  });
}
