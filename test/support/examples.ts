import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { providerInUse, terraformEnv } from '../../lab/provider';
import type { Synthesized } from './synthesis';
import { stackJson } from './synthesis';

const run = promisify(execFile);
const root = join(__dirname, '..', '..');

/** The example stacks of `stacks/main.ts`. */
export const EXAMPLES = ['classroom', 'kiosk', 'canary', 'databases'] as const;

/** The example stacks, synthesized as `cdktf synth` does it, in a folder of their own. */
export class Examples {
  /** Runs the app of the examples for the provider in use. */
  static async synthesize(env: Readonly<Record<string, string>> = {}): Promise<Examples> {
    const outdir = mkdtempSync(join(tmpdir(), 'regraft-examples-'));
    const context = JSON.stringify({ 'regraft:provider': providerInUse().version });
    await run(process.execPath, [require.resolve('tsx/cli'), 'stacks/main.ts'], {
      cwd: root,
      env: { ...process.env, ...env, CDKTF_OUTDIR: outdir, CDKTF_CONTEXT_JSON: context },
    });
    return new Examples(outdir);
  }

  private constructor(private readonly outdir: string) {}

  /** What was synthesized of one. */
  read(example: string): Synthesized {
    const text = readFileSync(join(this.outdir, 'stacks', example, 'cdk.tf.json'), 'utf8');
    return { text, json: stackJson(text) };
  }

  /** Runs Terraform in the folder of one; returns what it printed, throws when it fails. */
  async terraform(example: string, ...args: string[]): Promise<string> {
    const env = terraformEnv();
    const folder = join(this.outdir, 'stacks', example);
    const { stdout } = await run(env['TERRAFORM_BINARY_NAME']!, [`-chdir=${folder}`, ...args], {
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 28,
    });
    return stdout;
  }

  remove(): void {
    rmSync(this.outdir, { recursive: true, force: true });
  }
}
