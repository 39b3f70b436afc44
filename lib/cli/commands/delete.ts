import type { Command } from 'commander';
import { hanging, textTable } from '../../review/reporters/text-table';
import type { BaseDeletion } from '../../layers';
import { roundedSize } from '../../model/size';
import { deleteBases } from '../../operations/delete-bases';
import { maskedText } from '../../review/masking';
import { isApproved } from '../ask';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

interface Options {
  readonly host?: string;
  readonly autoApprove?: boolean;
  readonly synthesized?: boolean;
}

/** Adds `regraft delete`. */
export function deleteCommand(root: Command, given: Given): void {
  root
    .command('delete')
    .description(
      'Delete the volumes of a retired base that Terraform does not manage, when nothing stands on them.',
    )
    .argument('<bases...>', 'the bases')
    .option('--host <host>', 'the host, by its name in the code, where several have the base')
    .option('--auto-approve', 'delete without a question')
    .option('--synthesized', 'take the stacks as they were synthesized last, do not run the app')
    .action((bases: string[], options: Options) => deleteThem(bases, options, given));
}

async function deleteThem(
  bases: string[],
  { autoApprove = false, synthesized = false, host }: Options,
  given: Given,
): Promise<void> {
  const { terminal, context, say, begun, end } = given;
  const { ending, plan, freed } = await deleteBases(
    {
      bases,
      ...(host === undefined ? {} : { host }),
      synthesized,
      approve: async (planned) => {
        terminal.stdout.write(maskedText(planText(planned)));
        const approved = await isApproved(QUESTION, { autoApprove }, terminal);
        if (approved) begun();
        return approved;
      },
    },
    context,
  );
  if (ending === 'refused') {
    terminal.stdout.write(maskedText(refusalText(plan)));
    end(exitCodeOf('refused'));
  } else if (ending === 'declined') {
    say('regraft: nothing was deleted: approve it, or use --auto-approve');
    end(exitCodeOf('safe'));
  } else {
    say(`regraft: ${bases.join(', ')} deleted, ${roundedSize(freed)} freed`);
  }
}

const QUESTION = 'Do you want to delete these volumes? There is no way back.';

function planText(plan: readonly BaseDeletion[]): string {
  const rows = plan.flatMap(({ host, base, volumes }) =>
    volumes.map(({ path, allocated = 0 }) => [base, host, path, roundedSize(allocated)]),
  );
  return `${textTable(['Base', 'Host', 'Deleted', 'Frees'], rows, { breakable: [0, 1, 2] }).join('\n')}\n`;
}

function refusalText(plan: readonly BaseDeletion[]): string {
  const refused = plan.filter(({ refusals }) => refusals.length > 0);
  return `${refused
    .map(({ host, base, refusals }) =>
      [
        `Refused: base ${base} on host ${host} is not deleted`,
        ...refusals.map((text) => hanging(text, '  ')),
      ].join('\n'),
    )
    .join('\n\n')}\n`;
}
