import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storagePoolInState, volumeInState } from '../../dialects/stored';
import { parsePlan } from '../../review';
import type { EditStoragePoolStep, EditVolumeStep, RepairStep } from '../../review/repair';
import type { Terraform } from '../../tools/terraform';
import type { NewObject } from '../../tools/terraform-state-edit';
import { withObjects } from '../../tools/terraform-state-edit';
import type { Context } from '../context';
import { providerInState } from './provider';
import type { RepairStack } from './stack';
import { keepBackup, pushText, putBack } from './state-backup';

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
  const { folder } = stack;
  const next = withObjects(stateText, await Promise.all(steps.map((step) => objectOf(given, step))));
  const backup = stateText === undefined ? undefined : await keepBackup(given, stateText, context);
  const work = await mkdtemp(join(tmpdir(), 'regraft-state-'));
  const push = (text: string): Promise<void> => pushText(terraform, folder, work, text);
  try {
    await push(next);
    const problem = await changeIn(
      terraform,
      stack.folder,
      join(work, 'plan'),
      steps.map(({ address }) => address),
    );
    if (problem === undefined) return;
    await putBack(terraform, folder, stateText, next, push, {
      ...problem,
      ...(backup === undefined ? {} : { backup }),
      advice: { notBack: ' (docs/repair.md)', back: ': write it by hand (docs/repair.md)' },
    });
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
