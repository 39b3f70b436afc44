import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { AmbiguousEdit, CodeEdit, EditVerb } from '../edits/code-edit';
import { findEdit } from '../edits/find-edit';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import { readProject, readStacks } from '../tools/cdktf';
import type { Context } from './context';
import type { OpenRebases } from './open-rebases';
import { openRebases } from './open-rebases';
import { exactText, sourceFiles } from './source-files';

/** The change of the user's code that ends a rebase. */
export interface CodeChange {
  readonly verb: EditVerb;
  readonly pool: string;
  /** The stacks that the rebase is in. */
  readonly stacks: readonly string[];
  /** The base that the clones come from. */
  readonly from: string;
  /** The base that they were rebased onto. */
  readonly to: string;
  /** The folder that the files' paths start at. */
  readonly folder: string;
  readonly result: CodeEdit | AmbiguousEdit;
}

/**
 * Works out how the code has to change; the stacks are taken as they were synthesized last, the code as it is now.
 *
 * @param pool The pool; left out: the only one with a rebase
 * @throws UserError when there is no such pool, or no rebase to end
 */
export async function codeChange(
  verb: EditVerb,
  pool: string | undefined,
  context: Context,
): Promise<CodeChange> {
  const project = await readProject(context.folder, context.env);
  const open = await openRebases(await readStacks(project));
  const name = poolToEdit(verb, pool, open);
  const own = open.rebases.filter(({ plan }) => plan.pool === name);
  const rebases = own.map(({ plan }) => plan);
  context.progress('read the code');
  const files = await sourceFiles(context, project.output);
  const { result, unread } = findEdit(files, { verb, pool: name, rebases });
  for (const { file, why } of unread)
    context.notice(`${file} is not searched, as it is not read as code: ${why}`);
  return {
    verb,
    pool: name,
    stacks: [...new Set(own.map(({ stack }) => stack))],
    from: rebases[0]!.from,
    to: rebases[0]!.to,
    folder: context.folder,
    result,
  };
}

function poolToEdit(verb: EditVerb, pool: string | undefined, { pools, rebases }: OpenRebases): string {
  const moving = [...new Set(rebases.map(({ plan }) => plan.pool))];
  if (pool !== undefined && !pools.includes(pool))
    throw new UserError(`there is no pool ${JSON.stringify(pool)}: ${didYouMean(pool, [...new Set(pools)])}`);
  if (moving.length === 0)
    throw new UserError(
      `there is nothing to ${verb}: no pool has a Rebase in the stacks that were synthesized last; add one to move clones onto another base`,
    );
  if (pool !== undefined && !moving.includes(pool))
    throw new UserError(
      `there is nothing to ${verb} in pool ${pool}: it has no Rebase in the stacks that were synthesized last; pools with one are ${moving.join(', ')}`,
    );
  if (pool === undefined && moving.length > 1)
    throw new UserError(
      `${moving.length} pools have a Rebase (${moving.join(', ')}): name the one to ${verb}`,
    );
  return pool ?? moving[0]!;
}

/**
 * Makes the change in the user's file.
 *
 * @returns the path of the file that was written
 * @throws UserError when a person has to make it, and as {@link writeEdit}
 */
export async function writeCodeChange({ verb, pool, folder, result }: CodeChange): Promise<string> {
  if ('ambiguous' in result)
    throw new UserError(
      `the code is not changed: ${result.ambiguous}; make the change by hand to ${verb} pool ${pool}`,
    );
  return writeEdit(folder, result, `run regraft ${verb} again`);
}

/**
 * Writes an edited file of a project, whole or not at all; its mode and owner stay.
 *
 * @param again What to do when the file is not as it was read
 * @returns the path of the file that was written
 * @throws UserError when the file is not as it was read, or when it leads out of the project
 */
export async function writeEdit(folder: string, edit: CodeEdit, again: string): Promise<string> {
  const path = join(folder, edit.file);
  const [real, root] = await Promise.all([realpath(path), realpath(folder)]).catch(() => {
    throw new UserError(`${path} is not there any more: ${again}`);
  });
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new UserError(
      `${path} leads to ${real}, out of the project in ${root}: make the change by hand, or run regraft where that file is`,
    );
  const now = await exactText(real).catch(() => undefined);
  if (now !== edit.oldText)
    throw new UserError(`${path} was changed since it was read, and is left as it is: ${again}`);
  try {
    await writeFileAtomic(real, edit.newText);
  } catch (error) {
    throw new UserError(`${path} could not be written: ${(error as Error).message}; it is as it was`);
  }
  return path;
}
