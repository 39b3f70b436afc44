import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSetup } from './setup';

/** Where the end-to-end tests' build (`test/e2e/build.js`) puts regraft's own provider. */
const built = join(__dirname, '../dist/provider');

/** The registries that a provider's address may begin with. */
const HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

/** The libvirt provider that tests and the demo use. */
export interface ProviderInUse {
  readonly version: string;
  /** A Terraform CLI configuration of our own; the user's is never read. */
  readonly cliConfigFile: string;
}

/** The provider that setup has prepared, or what REGRAFT_PROVIDER_MIRROR and REGRAFT_PROVIDER_VERSION made it. */
export function providerInUse(): ProviderInUse {
  const { version, mirror, cliConfigFile } = readSetup().provider;
  const { REGRAFT_PROVIDER_MIRROR: given, REGRAFT_PROVIDER_VERSION: asked } = process.env;
  if ((given && given !== mirror) || (asked && asked !== version)) {
    throw new Error(
      `the environment asks for provider ${asked ?? version} from ${given ?? 'anywhere'}, setup has prepared ${version} from ${mirror ?? 'the registry'}; run: node scripts/setup.mjs`,
    );
  }
  return { version, cliConfigFile };
}

/** What hosts are synthesized for: `regraft` where REGRAFT_DIALECT says so, else the version of {@link providerInUse}. */
export function dialectInUse(): string {
  return process.env['REGRAFT_DIALECT'] ?? providerInUse().version;
}

/**
 * A CLI configuration by which Terraform finds the provider that setup has prepared and, once it is built, regraft's
 * own; the user's is never read.
 */
function cliConfigFile(): string {
  const mirrors = {
    'regraft/regraft': join(built, 'mirror'),
    'dmacvicar/libvirt': readSetup().provider.mirror,
  };
  if (!existsSync(mirrors['regraft/regraft'])) return providerInUse().cliConfigFile;
  const given = Object.entries(mirrors).flatMap(([provider, path]) =>
    path === null
      ? []
      : [{ path: JSON.stringify(path), names: JSON.stringify(HOSTS.map((host) => `${host}/${provider}`)) }],
  );
  const text = [
    'provider_installation {',
    ...given.map(
      ({ path, names }) => `  filesystem_mirror {\n    path    = ${path}\n    include = ${names}\n  }`,
    ),
    `  direct {\n    exclude = [${given.map(({ names }) => names.slice(1, -1)).join()}]\n  }`,
    '}',
    '',
  ].join('\n');
  const file = join(built, 'terraform.rc');
  // Tests run side by side; what stands there is the same for all of them.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
  }
  return file;
}

/** What to add to the environment of a child process that is Terraform, OpenTofu or cdktf. */
export function terraformEnv(): Record<string, string> {
  return {
    TERRAFORM_BINARY_NAME: process.env['TERRAFORM_BINARY_NAME'] || readSetup().terraform,
    TF_CLI_CONFIG_FILE: cliConfigFile(),
    // No question to HashiCorp about new versions, neither from Terraform nor from cdktf.
    CHECKPOINT_DISABLE: '1',
  };
}
