import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ProviderGeneration } from 'regraft';
import type { Lab } from '../../lab/lab';
import { terraformEnv } from '../../lab/provider';
import type { Stage } from './fleet';
import { synthesizeFleet, workFolder } from './fleet';

const run = promisify(execFile);

/** A fleet that plain Terraform carries through its stages. */
export class TerraformFleet {
  private readonly work = workFolder();
  private folder = '';
  private readonly env: NodeJS.ProcessEnv = { ...process.env, ...terraformEnv() };

  constructor(
    private readonly lab: Lab,
    private readonly clones: number,
    private readonly provider: ProviderGeneration,
  ) {}

  /** Writes what the code says at a stage and makes Terraform ready for it; no part of what is measured. */
  async write(stage: Stage): Promise<void> {
    const { lab, clones, provider } = this;
    this.folder = synthesizeFleet(this.work.path, { lab, clones, provider, stage });
    await this.terraform('init', '-input=false');
  }

  async plan(): Promise<void> {
    await this.terraform('plan', '-input=false', '-out=plan');
  }

  async apply(): Promise<void> {
    await this.terraform('apply', '-input=false', 'plan');
  }

  remove(): void {
    this.work.remove();
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
      throw new Error(`terraform ${args[0]} failed:\n${stdout.slice(-2000)}${stderr.slice(-4000)}`, {
        cause: error,
      });
    }
  }
}
