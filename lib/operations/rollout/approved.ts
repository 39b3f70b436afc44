import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../model/manifest';
import { parsePlan } from '../../review';
import { manifestsOf } from '../../review/manifests';
import type { SynthesizedStack } from '../../tools/cdktf';
import type { Terraform } from '../../tools/terraform';
import type { Bundle } from '../bundle';
import type { Context } from '../context';
import { initWhenNeeded } from '../init';
import type { Approved } from './rollout';

/** What a run needs of its bundle; the variables that it was planned with, secrets among them, go into a private folder. */
export async function readApproved({ folder, review }: Bundle, work: string): Promise<Approved> {
  const text = await readFile(join(folder, 'plan.json'), 'utf8');
  const planned = parsePlan(text);
  const { before, after } = manifestsOf(planned);
  const variables = Object.entries(
    (JSON.parse(text) as { variables?: Record<string, { value: unknown }> }).variables ?? {},
  );
  const varFile = join(work, 'variables.tfvars.json');
  if (variables.length > 0) {
    const values = Object.fromEntries(variables.map(([name, { value }]) => [name, value]));
    await writeFile(varFile, JSON.stringify(values), { mode: 0o600 });
  }
  return {
    plan: planned,
    review,
    manifest: after,
    ...(before ? { before } : {}),
    planFile: join(folder, 'plan'),
    ...(variables.length > 0 ? { varFile } : {}),
  };
}

/** The manifest of what a bundle's plan makes of its stack. */
export async function plannedManifest(folder: string): Promise<Manifest> {
  return manifestsOf(parsePlan(await readFile(join(folder, 'plan.json'), 'utf8'))).after;
}

/**
 * Puts the stack as it was approved in its place, and initializes Terraform for it.
 *
 * @throws UserError when Terraform could not
 */
export async function prepareStack(
  stack: SynthesizedStack,
  { folder }: Bundle,
  terraform: Terraform,
  context: Context,
): Promise<void> {
  await mkdir(stack.folder, { recursive: true });
  await cp(join(folder, 'cdk.tf.json'), stack.file);
  await cp(join(folder, '.terraform.lock.hcl'), join(stack.folder, '.terraform.lock.hcl')).catch(
    () => undefined,
  );
  await initWhenNeeded(terraform, stack, (step) => context.progress(step, stack.name));
}
