import type { Command } from 'commander';
import { Option } from 'commander';
import { plan } from '../../operations/plan';
import type { Given } from '../program';
import { formatOptions, list, refuseFormat, report, type ReportOptions, wholeNumber } from './report';

interface Options extends ReportOptions {
  readonly all?: boolean;
  readonly out?: string;
  readonly synthesized?: boolean;
  readonly refresh?: 'true' | 'false';
  readonly var?: string[];
  readonly varFile?: string[];
  readonly replace?: string[];
  readonly parallelism?: number;
  readonly verify?: boolean;
  readonly detailed?: boolean;
}

/** Adds `regraft plan`. */
export function planCommand(root: Command, given: Given): void {
  const command = root
    .command('plan')
    .description('Synthesize, plan and review: what becomes of every clone and volume.')
    .argument('[stacks...]', 'the stacks; without any, the only one of the app')
    .option('--all', 'all stacks of the app')
    .option('--out <directory>', 'keep what was reviewed as a bundle, DIRECTORY/STACK')
    .option('--synthesized', 'take the stacks as they were synthesized last, do not run the app')
    .addOption(
      new Option(
        '--refresh <boolean>',
        'with false, trust the state: do not ask the hosts what has changed',
      ).choices(['true', 'false']),
    )
    .option('--var <name=value>', 'a Terraform variable (repeatable)', list)
    .option('--var-file <file>', 'a file of Terraform variables (repeatable)', list)
    .option('--replace <address>', 'a resource to make anew, as a restore does (repeatable)', list)
    .option('--parallelism <number>', 'how many things Terraform does at once (default: 10)', wholeNumber)
    .option('--verify', 'read the base volumes on the hosts again: one that has changed is a refusal')
    .option('--detailed', "Terraform's own diff under the report (terminal format)");
  formatOptions(command).action(async (stacks: string[], options: Options) => {
    const {
      all = false,
      refresh,
      synthesized = false,
      detailed = false,
      var: vars,
      varFile,
      ...others
    } = options;
    const several = all || stacks.length > 1;
    refuseFormat(options, several);
    const outcomes = await plan(
      {
        ...others,
        varFiles: varFile ?? [],
        vars: vars ?? [],
        stacks,
        all,
        synthesized,
        detailed,
        refresh: refresh !== 'false',
      },
      given.context,
    );
    await report(outcomes, { ...options, several }, given);
  });
}
