import pc from 'picocolors';
import type { CloneRecord, RunRecord } from '../../model/run-record';
import { maskedText } from '../masking';
import { runFacts } from './run-facts';

/** How a run is shown. */
export interface RunOptions {
  readonly color: boolean;
}

/** What came of a run, in some lines for a person. */
export function runSummary(run: RunRecord, { color }: RunOptions): string {
  const { green, red, yellow, bold } = pc.createColors(color);
  const { headline, proven, failed, skipped, reverted, next, good } = runFacts(run);
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
    ...(next === undefined ? [] : [next]),
  ];
  return `${lines.join('\n')}\n`;
}

function consoleOf({ console: said = [] }: CloneRecord): string[] {
  return said.map((line) => `  | ${maskedText(line)}`);
}
