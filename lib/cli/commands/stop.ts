import type { Command } from 'commander';
import { Option } from 'commander';
import type { BusyPolicy } from '../../operations/power/stop';
import type { StopResult } from '../../operations/stop';
import { stop } from '../../operations/stop';
import type { Given } from '../program';
import type { CloneOptions } from './clones';
import { choiceOf, cloneOptions } from './clones';
import { reportMachines, secondsText } from './machine-lines';
import { wholeNumber } from './report';

interface Options extends CloneOptions {
  readonly shutdownTimeout: number;
  readonly onBusy: BusyPolicy;
  readonly json?: boolean;
}

/** Adds `regraft stop`. */
export function stopCommand(root: Command, given: Given): void {
  cloneOptions(root.command('stop'))
    .description('Shut machines down, and reset their temporary volumes.')
    .option('--shutdown-timeout <seconds>', 'how long a guest may take to shut down', wholeNumber, 300)
    .addOption(
      new Option(
        '--on-busy <policy>',
        'a machine that stays on: abort, the temporary volumes of all stay as they are; skip it; or force, cut its power',
      )
        .choices(['abort', 'skip', 'force'])
        .default('skip'),
    )
    .option('--json', 'print the results as JSON')
    .action(async (clones: string[], options: Options) => {
      const { shutdownTimeout: timeout, onBusy, json = false } = options;
      const results = await stop({ ...choiceOf(clones, options), timeout, onBusy }, given.context);
      reportMachines(results, json, lineOf, given);
    });
}

const WORDS = {
  'was-off': 'off already',
  'shut-down': 'off',
  'cut-off': 'cut off',
  busy: 'busy',
  missing: 'failed',
  unknown: 'failed',
} as const;

function lineOf({ outcome, why, reset, seconds }: StopResult): string {
  const took = outcome === 'shut-down' || outcome === 'cut-off' ? ` (${secondsText(seconds)})` : '';
  const volumes = reset.length === 0 ? '' : `, ${reset.join(', ')} reset`;
  return `${WORDS[outcome]}${took}${volumes}${why === undefined ? '' : `: ${why}`}`;
}
