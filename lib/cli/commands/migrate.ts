import type { Command } from 'commander';
import type { FoundMigration } from '../../operations/migrate/find';
import { findMigration } from '../../operations/migrate/find';
import { migrate } from '../../operations/migrate/write';
import { maskedText } from '../../review/masking';
import { isApproved } from '../ask';
import { exitCodeOf } from '../exit-codes';
import { migrationText } from '../migrate-text';
import type { Given } from '../program';

interface Options {
  readonly autoApprove?: boolean;
  readonly json?: boolean;
}

/** Adds `regraft migrate`. */
export function migrateCommand(root: Command, given: Given): void {
  root
    .command('migrate')
    .description(
      "Take a fleet over to regraft's own provider, in the state only: what it comes to first, then what was approved.",
    )
    .argument('[stack]', 'the stack; without it, the only one')
    .option('--auto-approve', 'write the state without a question')
    .option('--json', 'write what it comes to, and what became of it, as JSON')
    .action((stack: string | undefined, options: Options) => run(stack, options, given));
}

const QUESTION = 'Do you want to write this into the state?';

async function run(name: string | undefined, options: Options, given: Given): Promise<void> {
  const { context, terminal, say, end } = given;
  const { json = false } = options;
  const found = await findMigration(name, context);
  const stack = found.stack.stack.name;
  const { problems, next } = found.migration;
  if (!json) terminal.stdout.write(maskedText(migrationText(stack, found.migration)));
  const approved = next !== undefined && (await isApproved(QUESTION, options, terminal));
  let backup: string | undefined;
  if (approved) {
    given.begun();
    ({ backup } = await migrate(found, context));
    say(`regraft: ${stack}: migrated; the state before is ${backup}; regraft plan says what is left to do`);
  }
  if (json)
    terminal.stdout.write(maskedText(`${JSON.stringify(report(found, approved, backup), null, 2)}\n`));
  if (problems.length > 0) end(exitCodeOf('refused'));
  if (next === undefined || approved) return;
  say('regraft: nothing was written yet: approve it, or use --auto-approve');
  end(exitCodeOf('safe'));
}

/** The attributes of objects are left out: there may be secrets in them. */
function report({ stack, migration }: FoundMigration, approved: boolean, backup?: string): object {
  const { hosts, leaving, coming, left, problems } = migration;
  const outcome = approved
    ? 'migrated'
    : problems.length > 0
      ? 'refused'
      : hosts.length === 0
        ? 'nothing-to-migrate'
        : 'planned';
  return {
    stack: stack.stack.name,
    outcome,
    hosts,
    leaving,
    coming: coming.map(({ host, address, what }) => ({ host, address, what })),
    left,
    problems,
    ...(backup === undefined ? {} : { backup }),
  };
}
