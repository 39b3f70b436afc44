import type { Command } from 'commander';
import { UserError } from '../../model/user-error';
import { checkFiles, checkStack } from '../../operations/check';
import type { Given } from '../program';
import { formatOptions, list, refuseFormat, report, type ReportOptions } from './report';

interface Options extends ReportOptions {
  readonly stack?: string[];
}

/** Adds `regraft check`. */
export function checkCommand(root: Command, given: Given): void {
  const command = root
    .command('check')
    .description('Review plans made elsewhere, from their JSON (terraform show -json PLANFILE).')
    .argument(
      '[plans...]',
      "files of plan JSON, '-' for standard input; neither libvirt nor the code is needed",
    )
    .option('--stack <name>', 'the plan that cdktf diff has left in the stack (repeatable)', list);
  formatOptions(command).action(async (files: string[], options: Options) => {
    const { stack: stacks = [] } = options;
    if (files.length === 0 && stacks.length === 0) {
      throw new UserError(
        'no plan is given: name a file of plan JSON, - for standard input, or --stack NAME',
      );
    }
    const several = files.length + stacks.length > 1;
    refuseFormat(options, several);
    const outcomes = await checkFiles(files, given.terminal.stdin, given.context);
    for (const stack of stacks) outcomes.push(await checkStack(stack, given.context));
    await report(outcomes, { ...options, several }, given);
  });
}
