import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import type { RepairStack } from './stack';

/**
 * How a state names the provider of a host; the lock file that `terraform init` writes knows where it comes from.
 *
 * @throws UserError when there is no lock file, or none with a libvirt provider
 */
export async function providerInState(host: string, { stack }: Pick<RepairStack, 'stack'>): Promise<string> {
  const file = join(stack.folder, '.terraform.lock.hcl');
  const text = await readFile(file, 'utf8').catch(() => '');
  const [, source] = /^provider "([^"]+\/libvirt)"/m.exec(text) ?? [];
  if (source !== undefined) return `provider["${source}"].${host}`;
  throw new UserError(`${file} has no libvirt provider: run terraform init in ${stack.folder}`);
}
