import { readSetup } from './setup';

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

/** What to add to the environment of a child process that is Terraform, OpenTofu or cdktf. */
export function terraformEnv(): Record<string, string> {
  return {
    TERRAFORM_BINARY_NAME: readSetup().terraform,
    TF_CLI_CONFIG_FILE: providerInUse().cliConfigFile,
    // No question to HashiCorp about new versions, neither from Terraform nor from cdktf.
    CHECKPOINT_DISABLE: '1',
  };
}
