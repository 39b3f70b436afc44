import type { Command } from 'commander';
import type { StartResult } from '../../operations/start';
import { start } from '../../operations/start';
import type { Given } from '../program';
import type { CloneOptions } from './clones';
import { choiceOf, cloneOptions } from './clones';
import { reportMachines, secondsText } from './machine-lines';

interface Options extends CloneOptions {
  readonly json?: boolean;
}

/** Adds `regraft start`. */
export function startCommand(root: Command, given: Given): void {
  cloneOptions(root.command('start'))
    .description('Start machines, each only on volumes that are its own.')
    .option('--json', 'print the results as JSON')
    .action(async (clones: string[], options: Options) => {
      const results = await start(choiceOf(clones, options), given.context);
      reportMachines(results, options.json ?? false, lineOf, given);
    });
}

const WORDS = { started: 'on', 'was-on': 'on already', refused: 'refused', failed: 'failed' } as const;

function lineOf({ outcome, why, seconds }: StartResult): string {
  const took = outcome === 'started' ? ` (${secondsText(seconds)})` : '';
  return `${WORDS[outcome]}${took}${why === undefined ? '' : `: ${why}`}`;
}
