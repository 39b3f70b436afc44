import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EditVerb } from '../edits/code-edit';
import type { Manifest } from '../model/manifest';
import { parsePlan } from '../review';
import { manifestsOf } from '../review/manifests';
import type { SynthesizedStack } from '../tools/cdktf';
import { readProject, readStacks } from '../tools/cdktf';
import { Terraform } from '../tools/terraform';
import type { Context } from './context';
import { readFleetStack } from './fleet';
import { unfinishedRun } from './rollout/run';
import { synthesizedManifest } from './synthesized-manifest';

/**
 * The stacks whose code has ended the rebase of a pool already, while what was applied is still behind: a command that
 * was killed after it had written its edit, or a person's own edit. Empty while the code has a rebase to end.
 *
 * @param pool The pool; left out: any, as long as the code has no rebase at all
 * @throws UserError when a stack or a state cannot be read
 */
export async function changeMade(
  verb: EditVerb,
  pool: string | undefined,
  context: Context,
): Promise<string[]> {
  const stacks = await readStacks(await readProject(context.folder, context.env));
  const known = await Promise.all(
    stacks.map(async (stack) => ({ stack, now: await synthesizedManifest(stack) })),
  );
  const open = known.flatMap(({ now }) => now?.rebases ?? []);
  if (open.some((rebase) => pool === undefined || rebase.pool === pool)) return [];
  const terraform = await Terraform.find(context);
  const made: string[] = [];
  for (const { stack, now } of known) {
    if (now === undefined) continue;
    const ended = (await appliedManifests(stack, terraform, context)).some(({ rebases }) =>
      rebases.some(
        ({ pool: moved, from, to }) =>
          (pool === undefined || moved === pool) &&
          now.pools[moved]?.base === (verb === 'promote' ? to : from),
      ),
    );
    if (ended) made.push(stack.name);
  }
  return made;
}

/** What was applied last; and what had been before a run that is not done, which is ahead of it in the end. */
async function appliedManifests(
  stack: SynthesizedStack,
  terraform: Terraform,
  context: Context,
): Promise<Manifest[]> {
  const fleet = await readFleetStack(terraform, stack, context);
  const run = await unfinishedRun(context.folder, stack.name);
  const before = run && manifestsOf(parsePlan(await readFile(join(run.bundle, 'plan.json'), 'utf8'))).before;
  return [...(fleet ? [fleet.manifest] : []), ...(before ? [before] : [])];
}
