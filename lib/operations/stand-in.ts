import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SynthesizedStack } from '../tools/cdktf';

/**
 * Makes a folder in which Terraform works in the place of a stack's own: with links to all that is there, and an
 * override of the backend. As deep below the project as the stack's own, so that relative paths mean the same.
 *
 * @param backend the type of the backend and its arguments
 */
export async function makeStandIn(
  folder: string,
  stack: SynthesizedStack,
  backend: Readonly<Record<string, object>>,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, '.terraform'), { recursive: true, mode: 0o700 });
  const own = ['.terraform', '.terraform.lock.hcl'];
  const names = (await readdir(stack.folder)).filter((name) => !own.includes(name) && !isState(name));
  for (const name of names) await symlink(join(stack.folder, name), join(folder, name));
  for (const name of ['providers', 'modules'])
    await symlink(join(stack.folder, '.terraform', name), join(folder, '.terraform', name));
  await cp(join(stack.folder, '.terraform.lock.hcl'), join(folder, '.terraform.lock.hcl')).catch(
    () => undefined,
  );
  // The name sorts after all others: Terraform takes the last override.
  await writeFile(join(folder, 'zz_regraft_override.tf.json'), JSON.stringify({ terraform: { backend } }));
}

function isState(name: string): boolean {
  return /\.tfstate(\..*)?$/.test(name) || name.endsWith('.lock.info');
}
