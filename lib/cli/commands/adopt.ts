import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ProviderGeneration } from '../../model/host';
import { PROVIDER_GENERATIONS } from '../../model/host';
import { UserError } from '../../model/user-error';
import type { Adoption } from '../../operations/adopt/propose';
import { proposeAdoption } from '../../operations/adopt/propose';
import { findTakeIn, takeIn } from '../../operations/adopt/take-in';
import { maskedText } from '../../review/masking';
import { proposalText, takeInText } from '../adopt-text';
import { isApproved } from '../ask';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

interface Options {
  readonly connect?: string;
  readonly base?: string;
  readonly pool?: string;
  readonly provider?: ProviderGeneration;
  readonly without?: string[];
  readonly stack?: string;
  readonly output?: string;
  readonly import?: boolean;
  readonly autoApprove?: boolean;
  readonly json?: boolean;
}

/** Adds `regraft adopt`. */
export function adoptCommand(root: Command, given: Given): void {
  root
    .command('adopt')
    .description(
      'Propose bases and clone pools for machines that are there already, and take them into the state.',
    )
    .argument('[domains...]', 'the machines; without any, all of the host')
    .option('-c, --connect <uri>', 'the libvirt connection, such as qemu:///system')
    .option('--base <file>', 'only machines on this image, by its path or file name')
    .option('--pool <name>', 'the name of the clone pool')
    .option('--without <element...>', 'elements that machines may lose, such as redirdev or sound')
    .addOption(
      new Option('--provider <generation>', 'the provider that the code is for').choices([
        ...PROVIDER_GENERATIONS,
      ]),
    )
    .option('--stack <name>', 'the stack: in the code that is written, and for --import')
    .option('--output <file>', 'write the TypeScript to a new file')
    .option('--import', 'take what the code of the stack says is adopted into its state')
    .option('--auto-approve', 'with --import: without a question')
    .option('--json', 'as JSON')
    .action((domains: string[], options: Options) =>
      options.import ? importAdopted(domains, options, given) : proposeCode(domains, options, given),
    );
}

async function proposeCode(domains: string[], options: Options, given: Given): Promise<void> {
  const { terminal, context, say, end } = given;
  const {
    connect: uri,
    base,
    pool,
    provider,
    without = [],
    stack = 'adopted',
    output,
    json = false,
  } = options;
  if (uri === undefined)
    throw new UserError('no host is named: say --connect URI, such as --connect qemu:///system');
  const adoption = await proposeAdoption(
    {
      ...{ uri, domains, without, stack },
      ...(base === undefined ? {} : { base }),
      ...(pool === undefined ? {} : { pool }),
      ...(provider === undefined ? {} : { provider }),
    },
    context,
  );
  const { proposal, code } = adoption;
  if (output !== undefined && code !== '') {
    given.begun();
    await writeNew(resolve(context.folder, output), code);
  }
  terminal.stdout.write(maskedText(json ? `${JSON.stringify(adoption, null, 2)}\n` : proposalText(proposal)));
  if (!json && output === undefined && code !== '') terminal.stdout.write(maskedText(`\n${code}`));
  if (code !== '')
    say(
      `regraft: ${output === undefined ? 'put this code into the app' : `the code is in ${output}`}; then regraft adopt --import takes the machines into the state`,
    );
  end(exitOf(adoption, domains));
}

function exitOf({ proposal: { pools, left } }: Adoption, domains: readonly string[]): number {
  if (pools.length === 0) return exitCodeOf('refused');
  return left.some(({ machine }) => domains.includes(machine)) ? exitCodeOf('safe') : 0;
}

async function writeNew(file: string, code: string): Promise<void> {
  try {
    await writeFile(file, code, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new UserError(`${file} is there already: name a new file, and bring both together yourself`);
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`);
  }
}

const QUESTION = 'Do you want to take these into the state?';

async function importAdopted(domains: string[], options: Options, given: Given): Promise<void> {
  const { terminal, context, say, end } = given;
  const { stack, json = false } = options;
  if (domains.length > 0 || options.connect !== undefined)
    throw new UserError(
      '--import reads machines and hosts from the code: leave out the machines and --connect',
    );
  const found = await findTakeIn(stack, context);
  const { name } = found.stack.stack;
  if (!json) terminal.stdout.write(maskedText(takeInText(name, found.steps)));
  const approved = !found.done && (await isApproved(QUESTION, options, terminal));
  if (approved) {
    given.begun();
    await takeIn(found, context);
    say(`regraft: ${name}: adopted; regraft plan says that nothing changes`);
  }
  const outcome = found.done ? 'nothing-to-adopt' : approved ? 'adopted' : 'planned';
  if (json)
    terminal.stdout.write(`${JSON.stringify({ stack: name, outcome, steps: found.steps }, null, 2)}\n`);
  if (found.done || approved) return;
  say('regraft: nothing was written yet: approve it, or use --auto-approve');
  end(exitCodeOf('safe'));
}
