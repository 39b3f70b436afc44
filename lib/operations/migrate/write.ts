import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import type { Context } from '../context';
import { readRepairStack } from '../repair/stack';
import { keepBackup, pushText, putBack } from '../repair/state-backup';
import { lockProject } from '../rollout/lock';
import type { FoundMigration, Migration } from './find';
import { migrationOf } from './find';
import { hostChanges } from './judgement';
import { parseRawPlan } from './trial';

/**
 * Writes the state that a migration has found, after another look; nothing on a host is changed.
 *
 * @returns the file of the backup of the state before
 * @throws UserError when it must not be done any more, or when the plan of the written state would change anything: the
 *   state then holds again what it held
 */
export async function migrate(
  { terraform, stack: { stack } }: FoundMigration,
  context: Context,
): Promise<{ readonly backup: string; readonly migration: Migration }> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  const work = await mkdtemp(join(tmpdir(), 'regraft-migrate-'));
  try {
    const again = await readRepairStack(terraform, stack, context);
    const migration = await migrationOf(terraform, again, context);
    const { next, problems, coming } = migration;
    if (next === undefined)
      throw new UserError(
        `stack ${stack.name}: ${problems[0] ?? 'there is nothing to migrate any more'}`,
        problems.slice(1).join('\n'),
      );
    lock.check();
    const backup = await keepBackup(again, again.stateText!, context);
    const push = (text: string): Promise<void> => pushText(terraform, stack.folder, work, text);
    context.progress('write into the state', stack.name);
    await push(next);
    context.progress('plan', stack.name);
    const out = join(work, 'plan');
    const refusal = await terraform.plan(stack.folder, { out });
    const problem =
      refusal === undefined
        ? hostChanges(
            parseRawPlan(await terraform.showJson(stack.folder, out)),
            new Set(coming.map(({ address }) => address)),
          )[0]
        : `${terraform.about.product} cannot plan what was written into its state: ${refusal.error}`;
    if (problem !== undefined)
      await putBack(terraform, stack.folder, again.stateText, next, push, {
        error: problem,
        words: refusal?.words ?? '',
        backup,
        advice: { back: '', notBack: ' (docs/migrate.md)' },
      });
    context.progress('done', stack.name);
    return { backup, migration };
  } finally {
    await rm(work, { recursive: true, force: true });
    await lock.release();
  }
}
