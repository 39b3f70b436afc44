import { resolve } from 'node:path';
import type { Command } from 'commander';
import { installProvider, PROVIDER_ADDRESS } from '../../provider/install';
import { regraftVersion } from '../../version';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';

/** Adds `regraft provider install`. */
export function providerCommand(root: Command, { terminal, context, end }: Given): void {
  root
    .command('provider')
    .description("regraft's own Terraform provider.")
    .command('install')
    .description('Put the provider where Terraform and OpenTofu find it.')
    .option('--dir <directory>', 'a filesystem mirror; without it, the one that both search by themselves')
    .action(async ({ dir }: { readonly dir?: string }) => {
      const directory = dir === undefined ? undefined : resolve(context.folder, dir);
      for (const { done, path } of await installProvider(context.env, directory)) {
        terminal.stdout.write(done === 'already there' ? `${path} is already there\n` : `${done} ${path}\n`);
      }
      terminal.stdout.write(`\nName it in the configuration, and run terraform init:\n\n${REQUIRED}`);
      end(exitCodeOf('nothing-to-do'));
    });
}

const REQUIRED = `terraform {
  required_providers {
    regraft = {
      source  = "${PROVIDER_ADDRESS}"
      version = "${regraftVersion()}"
    }
  }
}
`;
