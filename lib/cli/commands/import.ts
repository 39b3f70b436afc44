import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { formatSize } from '../../model/size';
import { UserError } from '../../model/user-error';
import type { ImportOutcome, ImportPlan } from '../../operations/import';
import { importVolume } from '../../operations/import';
import { ask, canAsk } from '../ask';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

interface Options {
  readonly from: string;
  readonly sha256?: string;
  readonly replace?: boolean;
  readonly stack?: string;
  readonly autoApprove?: boolean;
}

/** Adds `regraft import`. */
export function importCommand(root: Command, given: Given): void {
  root
    .command('import')
    .description('Put a flat qcow2 file in the place of a data volume; what is there is kept beside it.')
    .argument('<clone>', 'the clone, also a retired one')
    .argument('<volume>', 'the data volume')
    .requiredOption('--from <file>', 'the file, as of regraft export')
    .option(
      '--sha256 <digest>',
      'the SHA-256 that the file has to have; without it, the one in FILE.sha256',
      digest,
    )
    .option('--replace', 'also where the volume has content, which is kept under another name')
    .option('--stack <name>', 'the stack, when several have a clone so named')
    .option('--auto-approve', 'do it without a question')
    .action(async (clone: string, volume: string, options: Options) => {
      const { terminal, context, end } = given;
      const { from, sha256, replace = false, stack, autoApprove = false } = options;
      if (!autoApprove && !canAsk(terminal))
        throw new UserError(
          'there is nobody to ask: look at what it does on a terminal, or use --auto-approve',
        );
      const outcome = await importVolume(
        {
          clone,
          volume,
          from,
          replace,
          ...(sha256 === undefined ? {} : { sha256 }),
          ...(stack === undefined ? {} : { stack }),
        },
        async (plan) => {
          terminal.stdout.write(planText(plan));
          const approved = autoApprove || (await ask('Do you want to import it?', terminal));
          if (approved) given.begun();
          return approved;
        },
        context,
      );
      terminal.stdout.write(`${outcomeText(outcome)}\n`);
      end(outcome.ending === 'declined' ? exitCodeOf('error') : 0);
    });
}

function planText({ data, from, image, size, keep }: ImportPlan): string {
  const { volume, clone } = data.role;
  const grown = size.file < size.volume ? `, grown to ${formatSize(size.volume)}` : '';
  const lines = [
    `${volume} of ${clone} (${data.file}) gets the content of ${from}, ${formatSize(size.file)}${grown}.`,
    keep === undefined ? 'Nothing was ever written to it.' : `What it holds now is kept as ${keep}.`,
    `SHA-256 ${image.sha256}`,
  ];
  return `${lines.join('\n')}\n`;
}

function outcomeText({ ending, plan: { data, keep, image } }: ImportOutcome): string {
  const what = `${data.role.volume} of ${data.role.clone}`;
  if (ending === 'declined') return 'Not approved, nothing was changed.';
  if (ending === 'already-there') return `${what} has this content already, SHA-256 ${image.sha256}.`;
  const kept = keep === undefined ? '' : `; what it held is ${keep}, delete it when nobody needs it`;
  return `${what} is imported and compared${kept}.`;
}

function digest(value: string): string {
  if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw new InvalidArgumentError('expected 64 hexadecimal digits, as sha256sum prints them.');
}
