import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import type { Terraform } from '../../tools/terraform';
import { parseState } from '../../tools/terraform-state';
import { withObjectsOf } from '../../tools/terraform-state-edit';
import type { Context } from '../context';
import type { RepairStack } from './stack';

/** Keeps the state as it was in `.regraft/backups`; it holds secrets, so only its owner may read it. */
export async function keepBackup(
  { stack, state }: Pick<RepairStack, 'stack' | 'state'>,
  text: string,
  { folder }: Context,
): Promise<string> {
  const backups = join(folder, '.regraft/backups');
  const file = join(backups, `${stack.name}-${state!.serial}.tfstate`);
  await mkdir(backups, { recursive: true, mode: 0o700 });
  // Whatever the project's own .gitignore says.
  await writeFile(join(backups, '.gitignore'), '*\n', { mode: 0o600 });
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if ((await readFile(file, 'utf8')) !== text)
      throw new UserError(`there is another backup ${file}: move it away, then repair again`);
  }
  return file;
}

/**
 * Writes a text as a stack's state, which Terraform takes from a file.
 *
 * @param work a folder of the caller's own, which it removes: a state holds secrets
 * @throws UserError when Terraform does not take it
 */
export async function pushText(
  terraform: Terraform,
  folder: string,
  work: string,
  text: string,
): Promise<void> {
  const file = join(work, 'pushed.tfstate');
  await writeFile(file, text, { mode: 0o600 });
  await terraform.pushState(folder, file);
}

/** Why a state that was written cannot stay, and what is said of it. */
export interface WrittenForNothing {
  readonly error: string;
  readonly words: string;
  /** The file of the backup. */
  readonly backup?: string;
  /** What is said at the end when the state could be put back, and when not. */
  readonly advice: { readonly back: string; readonly notBack: string };
}

/**
 * Puts a state back to what it held before it was written.
 *
 * @param before without it, nothing
 * @throws UserError always: with the problem, and with what the state holds now
 */
export async function putBack(
  terraform: Terraform,
  folder: string,
  before: string | undefined,
  written: string,
  push: (text: string) => Promise<void>,
  { error: problem, words, backup, advice }: WrittenForNothing,
): Promise<never> {
  const kept = backup === undefined ? '' : `; the backup is ${backup}`;
  try {
    // Terraform counts on by itself when it writes, so where its state stands now has to be asked.
    await push(withObjectsOf(before, await unchangedSince(terraform, folder, written)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${problem}; and its state could not be put back: ${error.message}${kept}${advice.notBack}`,
      words,
    );
  }
  throw new UserError(`${problem}; the state holds again what it held before${kept}${advice.back}`, words);
}

/** The state as it stands after it was written, unless somebody else has changed what it holds. */
async function unchangedSince(terraform: Terraform, folder: string, written: string): Promise<string> {
  const now = await terraform.pullState(folder);
  const held = (text: string): string =>
    JSON.stringify(
      parseState(text)
        .objects.map(({ address }) => address)
        .sort(),
    );
  if (now === undefined || held(now) !== held(written))
    throw new UserError('somebody else has changed it meanwhile');
  return now;
}
