import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../model/user-error';
import type { Refusal, Terraform } from '../tools/terraform';
import { asksForInit } from '../tools/terraform-words';
import type { SynthesizedStack } from '../tools/cdktf';
import { readStack } from './stacks';

/**
 * Runs `terraform init` when a stack's folder was never initialized, or when providers, backend or Terraform are others since.
 *
 * @throws UserError when Terraform could not
 */
export async function initWhenNeeded(
  terraform: Terraform,
  stack: SynthesizedStack,
  progress: (step: string) => void,
): Promise<void> {
  const digest = await requirements(terraform, stack);
  const noted = await readFile(noteOf(stack), 'utf8').catch(() => undefined);
  // A folder that cdktf has initialized has no note: when it does not fit any more, Terraform itself asks for init.
  if (existsSync(join(stack.folder, '.terraform')) && (noted === undefined || noted === digest)) return;
  await initAnew(terraform, stack, progress);
}

/**
 * Runs `terraform init`, as where the code asks for a provider that the folder does not have yet.
 *
 * @throws UserError when Terraform could not
 */
export async function initAnew(
  terraform: Terraform,
  stack: SynthesizedStack,
  progress: (step: string) => void,
): Promise<void> {
  progress('init');
  await init(terraform, stack, await requirements(terraform, stack));
}

/**
 * Does something, and once more after `terraform init` when Terraform asked for that; returns what it said when it did not.
 *
 * @throws UserError when Terraform could not initialize
 */
export async function withInit(
  terraform: Terraform,
  stack: SynthesizedStack,
  progress: (step: string) => void,
  act: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  const first = await act();
  if (!first || !asksForInit(first.words)) return first;
  await initAnew(terraform, stack, progress);
  return act();
}

async function init(terraform: Terraform, stack: SynthesizedStack, digest: string): Promise<void> {
  let refusal = await terraform.init(stack.folder);
  if (refusal && asksForInit(refusal.words) === 'upgrade') {
    refusal = await terraform.init(stack.folder, { upgrade: true });
  }
  if (refusal) {
    const { product } = terraform.about;
    throw new UserError(
      `${product} could not initialize stack ${stack.name}: ${refusal.error}`,
      refusal.words,
    );
  }
  await writeFile(noteOf(stack), digest);
}

/** A digest of all that asks for a new init when it changes. */
async function requirements(terraform: Terraform, stack: SynthesizedStack): Promise<string> {
  const { terraform: settings } = await readStack(stack);
  return createHash('sha256')
    .update(JSON.stringify([terraform.about.product, settings]))
    .digest('hex');
}

function noteOf({ folder }: SynthesizedStack): string {
  return join(folder, '.terraform', 'regraft-init');
}
