import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ProviderGeneration } from 'regraft';
import type { Lab } from '../../lab/lab';
import { terraformEnv } from '../../lab/provider';
import { StateServer } from '../../lib/tools/state-server/state-server';
import type { Stage } from './fleet';
import { synthesizeFleet, workFolder } from './fleet';

const run = promisify(execFile);

/** A fleet that plain Terraform carries through its stages. */
export class TerraformFleet {
  private readonly work = workFolder();
  private folder = '';
  private server: StateServer | undefined;
  private readonly env: NodeJS.ProcessEnv = { ...process.env, ...terraformEnv() };

  constructor(
    private readonly lab: Lab,
    private readonly clones: number,
    private readonly provider: ProviderGeneration,
    /** Whether the state is served as `regraft apply` does it for a large fleet, and not the local backend's. */
    private readonly served = false,
  ) {}

  /** Writes what the code says at a stage and makes Terraform ready for it; no part of what is measured. */
  async write(stage: Stage): Promise<void> {
    const { lab, clones, provider } = this;
    this.folder = synthesizeFleet(this.work.path, { lab, clones, provider, stage });
    if (this.served) await this.serve();
    await this.terraform('init', '-input=false');
  }

  async plan(): Promise<void> {
    await this.terraform('plan', '-input=false', '-out=plan');
  }

  async apply(): Promise<void> {
    await this.terraform('apply', '-input=false', 'plan');
  }

  async remove(): Promise<void> {
    await this.server?.close();
    this.work.remove();
  }

  private async serve(): Promise<void> {
    const file = join(this.work.path, 'served.tfstate');
    this.server ??= await StateServer.start('', { write: (text) => writeFile(file, text, { flush: true }) });
    Object.assign(this.env, this.server.env);
    const override = { terraform: { backend: { http: this.server.backend } } };
    await writeFile(join(this.folder, 'backend_override.tf.json'), JSON.stringify(override));
  }

  private async terraform(...args: string[]): Promise<void> {
    try {
      await run(this.env['TERRAFORM_BINARY_NAME']!, args, {
        cwd: this.folder,
        env: this.env,
        maxBuffer: 1 << 29,
      });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      // Not with its cause, which says all of it once more.
      // eslint-disable-next-line preserve-caught-error
      throw new Error(`terraform ${args[0]} failed:\n${stdout.slice(-2000)}${stderr.slice(-4000)}`);
    }
  }
}
