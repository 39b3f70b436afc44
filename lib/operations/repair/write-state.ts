import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storagePoolInState, volumeInState } from '../../dialects/stored';
import { UserError } from '../../model/user-error';
import { parsePlan } from '../../review';
import type { EditStoragePoolStep, EditVolumeStep, RepairStep } from '../../review/repair';
import type { Terraform } from '../../tools/terraform';
import { parseState } from '../../tools/terraform-state';
import type { NewObject } from '../../tools/terraform-state-edit';
import { withObjects, withObjectsOf } from '../../tools/terraform-state-edit';
import type { Context } from '../context';
import { providerInState } from './provider';
import type { RepairStack } from './stack';

/** A step that writes into the state. */
export type EditStep = EditVolumeStep | EditStoragePoolStep;

/** Whether a step writes into the state. */
export function isEdit(step: RepairStep): step is EditStep {
  return 'stored' in step;
}

/**
 * Writes objects into the state: a backup is kept, Terraform pushes the new state, and its plan must leave them as they
 * are; else the state goes back to what it held.
 *
 * @throws UserError when the state cannot be written, or when Terraform would change what was written
 */
export async function writeIntoState(
  terraform: Terraform,
  given: RepairStack,
  steps: readonly EditStep[],
  context: Context,
): Promise<void> {
  const { stack, stateText } = given;
  const next = withObjects(stateText, await Promise.all(steps.map((step) => objectOf(given, step))));
  const backup = stateText === undefined ? undefined : await keepBackup(given, stateText, context);
  const work = await mkdtemp(join(tmpdir(), 'regraft-state-'));
  const push = async (text: string): Promise<void> => {
    const file = join(work, 'pushed.tfstate');
    await writeFile(file, text, { mode: 0o600 });
    await terraform.pushState(stack.folder, file);
  };
  try {
    await push(next);
    const problem = await changeIn(
      terraform,
      stack.folder,
      join(work, 'plan'),
      steps.map(({ address }) => address),
    );
    if (problem === undefined) return;
    const kept = backup === undefined ? '' : `; the backup is ${backup}`;
    try {
      // Terraform counts on by itself when it writes, so where its state stands now has to be asked.
      await push(withObjectsOf(stateText, await unchangedSince(terraform, stack.folder, next)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `${problem.error}; and its state could not be put back: ${error.message}${kept} (docs/repair.md)`,
        problem.words,
      );
    }
    throw new UserError(
      `${problem.error}; the state holds again what it held before${kept}: write it by hand (docs/repair.md)`,
      problem.words,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function objectOf(given: RepairStack, step: EditStep): Promise<NewObject> {
  const { address, host } = step;
  const { wanted } = given;
  const provider = await providerInState(host, given);
  if (step.kind === 'edit-state-storage-pool') {
    const attributes = storagePoolInState(step.stored);
    return { address, provider, attributes, dependencies: [], createBeforeDestroy: true };
  }
  // Only what the code wants is taken in.
  const { hosts, addresses } = wanted!;
  const pools = Object.entries(addresses).filter(([, role]) => role.role === 'storage' && role.host === host);
  return {
    address,
    provider,
    attributes: volumeInState(hosts[host]!.provider, step.stored),
    dependencies: pools.map(([pool]) => pool.replace(/\[.*$/, '')),
    createBeforeDestroy: step.stored.role === 'base',
  };
}

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

/** The state as it stands after it was written, unless somebody else has changed what it holds. */
export async function unchangedSince(terraform: Terraform, folder: string, written: string): Promise<string> {
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

/** What Terraform would do to objects that must stay as they are. */
async function changeIn(
  terraform: Terraform,
  folder: string,
  planFile: string,
  addresses: readonly string[],
): Promise<{ error: string; words: string } | undefined> {
  const refusal = await terraform.plan(folder, { out: planFile, targets: addresses });
  if (refusal)
    return {
      ...refusal,
      error: `${terraform.about.product} cannot plan what was written into its state: ${refusal.error}`,
    };
  const plan = parsePlan(await terraform.showJson(folder, planFile));
  for (const address of addresses) {
    const actions = plan.changes.find((change) => change.address === address)?.actions ?? ['nothing'];
    if (actions.join() !== 'no-op')
      return {
        error: `${terraform.about.product} would ${actions.join(' and ')} ${address}, which was written into its state`,
        words: '',
      };
  }
  return undefined;
}
