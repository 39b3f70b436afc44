import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `scripts/setup.mjs` has noted of what it set up. */
export interface Setup {
  /** The program that speaks Terraform: `terraform`, `tofu` or what TERRAFORM_BINARY_NAME said. */
  readonly terraform: string;
  readonly provider: {
    readonly version: string;
    /** The filesystem mirror that the provider comes from; null when it comes from the registry. */
    readonly mirror: string | null;
    readonly cliConfigFile: string;
  };
  /** The folder of the guest images. */
  readonly guestFolder: string;
}

const noteFile = join(__dirname, '../node_modules/.cache/regraft/setup.json');

/** Reads what setup has noted; throws with the way out when it was never run here. */
export function readSetup(): Setup {
  let text: string;
  try {
    text = readFileSync(noteFile, 'utf8');
  } catch {
    throw new Error(
      `there is no ${noteFile}, so setup has not been run in this checkout; run: node scripts/setup.mjs`,
    );
  }
  return JSON.parse(text) as Setup;
}
