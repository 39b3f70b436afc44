import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../model/user-error';
import { regraftVersion } from '../version';

/** The address of the provider, without the host of a registry. */
export const PROVIDER_ADDRESS = 'regraft/regraft';

/** The hosts that Terraform and OpenTofu put in front of an address that has none. */
const HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

/** The bundle of this package; `dist` stands beside lib. */
const BUNDLE = join(__dirname, '../../dist/provider/terraform-provider-regraft');

/** What was done with one copy of the provider. */
export interface InstalledProvider {
  readonly done: 'installed' | 'updated' | 'already there';
  readonly path: string;
}

/**
 * Copies the provider to where Terraform and OpenTofu look for it, in the layout of a filesystem mirror.
 *
 * @param directory the filesystem mirror; left out, it is the one that both search without any configuration
 * @throws UserError when the package has no bundle, or the folder cannot be written
 */
export async function installProvider(
  env: NodeJS.ProcessEnv,
  directory = impliedMirror(env),
): Promise<InstalledProvider[]> {
  const bundle = await readBundle();
  const version = regraftVersion();
  const file = `terraform-provider-regraft_v${version}`;
  const installed: InstalledProvider[] = [];
  for (const host of HOSTS) {
    const provider = join(directory, host, PROVIDER_ADDRESS);
    const path = join(provider, version, platform(), file);
    try {
      installed.push({ done: await put(bundle, path, provider), path });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new UserError(`cannot write ${path} (${code}): give a folder that you may write with --dir`);
    }
  }
  return installed;
}

/**
 * The folder that both products search without any configuration. `~/.terraform.d` is not made where OpenTofu would
 * then look for its own configuration in it instead of in XDG_CONFIG_HOME (OpenTofu, `cliconfig/config_unix.go`).
 */
export function impliedMirror(env: NodeJS.ProcessEnv, system = process.platform): string {
  const home = env['HOME'] || homedir();
  const own = join(home, '.terraform.d');
  if (system === 'darwin' || existsSync(own) || !env['XDG_CONFIG_HOME']) return join(own, 'plugins');
  return join(env['XDG_DATA_HOME'] || join(home, '.local/share'), 'terraform/plugins');
}

/**
 * A platform as Terraform writes it, such as `linux_amd64`.
 *
 * @throws UserError on a system that cannot run the provider
 */
export function platform(system: string = process.platform, architecture: string = process.arch): string {
  if (system !== 'linux' && system !== 'darwin') {
    throw new UserError(
      `this system is ${system}, expected linux or darwin: the provider runs where its first line can name node`,
    );
  }
  return `${system}_${{ x64: 'amd64', ia32: '386' }[architecture] ?? architecture}`;
}

async function readBundle(): Promise<Buffer> {
  try {
    return await readFile(BUNDLE);
  } catch {
    throw new UserError(
      `there is no ${BUNDLE}, expected the provider of this package: install regraft again, or run npm run build in its source`,
    );
  }
}

async function put(bundle: Buffer, path: string, provider: string): Promise<InstalledProvider['done']> {
  const present = await readFile(path).catch(() => undefined);
  const executable = present && ((await stat(path)).mode & 0o111) === 0o111;
  if (executable && present.equals(bundle)) return 'already there';
  await mkdir(dirname(path), { recursive: true });
  // Terraform passes over a file of this name here; beside the provider it would count as a part of it.
  const half = join(provider, `.half-made-${process.pid}`);
  try {
    await writeFile(half, bundle);
    await chmod(half, 0o755);
    await rename(half, path);
  } finally {
    await rm(half, { force: true });
  }
  return present ? 'updated' : 'installed';
}
