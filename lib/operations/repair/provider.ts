import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import type { RepairStack } from './stack';

/**
 * How a state names the provider of a host; the lock file that `terraform init` writes knows where it comes from.
 *
 * @throws UserError when there is no lock file, or none with that provider
 */
export async function providerInState(
  host: string,
  { stack }: Pick<RepairStack, 'stack'>,
  provider: 'libvirt' | 'regraft' = 'libvirt',
): Promise<string> {
  const file = join(stack.folder, '.terraform.lock.hcl');
  const text = await readFile(file, 'utf8').catch(() => '');
  const sources = [...text.matchAll(/^provider "([^"]+)"/gm)].map(([, one]) => one!);
  const source = sources.find((one) => one.endsWith(`/${provider}`));
  if (source !== undefined) return `provider["${source}"].${host}`;
  throw new UserError(`${file} has no provider ${provider}: run terraform init in ${stack.folder}`);
}
