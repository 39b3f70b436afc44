import type { Command } from 'commander';
import { show } from '../../operations/show';
import type { Given } from '../program';
import { formatOptions, report, type ReportOptions } from './report';

/** Adds `regraft show`. */
export function showCommand(root: Command, given: Given): void {
  const command = root
    .command('show')
    .description('Verify saved bundles and print their reviews.')
    .argument('<bundles...>', 'bundles, or the folder that regraft plan --out wrote them into');
  formatOptions(command).action(async (paths: string[], options: ReportOptions) => {
    const bundles = await show(paths, given.context);
    const outcomes = bundles.map((bundle) => ({
      stack: bundle.content.stack,
      review: bundle.review,
      bundle,
    }));
    await report(outcomes, { ...options, several: outcomes.length > 1 }, given);
  });
}
