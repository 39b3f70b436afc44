import type { Command } from 'commander';
import { Option } from 'commander';
import { UserError } from '../../model/user-error';
import type { PreparePlan, PrepareRequest, PrepareResult } from '../../operations/prepare';
import { maskedText } from '../../review/masking';
import { ask, canAsk } from '../ask';
import { exitCodeOf } from '../exit-codes';
import { preparePlanText, prepareResultText } from '../prepare-text';
import type { Given } from '../program';
import { wholeNumber } from './report';

interface Options {
  readonly as: string;
  readonly stack?: string;
  readonly withData?: boolean;
  readonly seal?: boolean;
  readonly write?: string;
  readonly autoApprove?: boolean;
  readonly shutdownTimeout: number;
  readonly onBusy: 'abort' | 'force';
  readonly power: PrepareRequest['power'];
  readonly synthesized?: boolean;
  readonly json?: boolean;
}

/** Adds `regraft prepare`. */
export function prepareCommand(root: Command, given: Given): void {
  root
    .command('prepare')
    .description("Freeze a draft clone's volumes into a new base: the plan first, then what was approved.")
    .argument('<clone>', 'the draft by name')
    .requiredOption('--as <name>', "the new base's name")
    .option('--with-data', "make the draft's data volumes the seeds of the new base's")
    .option('--seal', 'clean the copies with virt-sysprep of what clones must not share')
    .option('--write <file>', "declare the new base in a file of the project, after the draft's base")
    .option('--stack <name>', 'the stack, where several have a clone so named')
    .option('--auto-approve', 'do not ask')
    .option('--shutdown-timeout <seconds>', 'how long the guest may take to shut down', wholeNumber, 300)
    .addOption(
      new Option('--on-busy <policy>', 'a draft that stays on: abort, or force, cut its power')
        .choices(['abort', 'force'])
        .default('abort'),
    )
    .addOption(
      new Option('--power <policy>', 'whether the draft runs in the end')
        .choices(['restore', 'on', 'off'])
        .default('restore'),
    )
    .option('--synthesized', 'take the stacks as they were synthesized last')
    .option('--json', 'print what came of it as JSON')
    .action((clone: string, options: Options) => prepareBase(clone, options, given));
}

async function prepareBase(clone: string, options: Options, given: Given): Promise<void> {
  const { context, terminal, end, say } = given;
  const { autoApprove = false, json = false } = options;
  if (!autoApprove && (json || !canAsk(terminal)))
    throw new UserError('there is nobody to ask: look at the plan on a terminal, or use --auto-approve');
  // A parser of TypeScript takes a moment to load, which no other command should wait for.
  const { planPreparation, prepare } = await import('../../operations/prepare/index.js');
  const plan = await planPreparation(requestOf(clone, options), context);
  if (!json) terminal.stdout.write(maskedText(preparePlanText(plan)));
  if (!autoApprove && !(await ask(`Do you want to prepare base ${options.as}?`, terminal))) {
    say('regraft: not approved, nothing was changed');
    return end(exitCodeOf('error'));
  }
  given.begun();
  const result = await prepare(plan, context, (made) => terminal.stdout.write(textOf(made, plan, json)));
  const failed = [
    ...(result.draft.why === undefined ? [] : [`${clone} is not on again: ${result.draft.why}`]),
    ...(result.unwritten === undefined ? [] : [`the code was not written: ${result.unwritten}`]),
  ];
  for (const why of failed) say(maskedText(`regraft: base ${options.as} is prepared, but ${why}`));
  if (failed.length > 0) end(exitCodeOf('error'));
}

function requestOf(clone: string, options: Options): PrepareRequest {
  const { as, stack, write, withData = false, seal = false, synthesized = false } = options;
  return {
    clone,
    as,
    ...(stack === undefined ? {} : { stack }),
    withData,
    seal,
    ...(write === undefined ? {} : { write }),
    synthesized,
    timeout: options.shutdownTimeout,
    onBusy: options.onBusy,
    power: options.power,
  };
}

function textOf(result: PrepareResult, { draft, operations }: PreparePlan, json: boolean): string {
  if (!json) return maskedText(prepareResultText(result, draft.clone));
  const sealed = operations === undefined ? {} : { sealed: operations };
  return maskedText(`${JSON.stringify({ ...result, ...sealed }, null, 2)}\n`);
}
