import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';

const repository = join(__dirname, '../../..');

/** Builds the provider of the sample, as the real one is built. */
export function buildSample(folder: string): string {
  const program = join(folder, 'terraform-provider-sample');
  const entry = join(__dirname, 'sample/bin.ts');
  execFileSync('node', [
    join(repository, 'scripts/build-provider.mjs'),
    ...['--entry', entry],
    ...['--out', program],
  ]);
  return program;
}

/** How a run of Terraform ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and standard error. */
  readonly text: string;
}

/** A run of Terraform in a process group of its own. */
export class Run {
  readonly ended: Promise<Ended>;

  constructor(private readonly child: ChildProcess) {
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (text += String(data)));
    this.ended = new Promise((done) =>
      child.on('close', (exitCode, signal) => done({ exitCode, signal, text })),
    );
  }

  /** As Ctrl-C in a terminal does. */
  interrupt(): void {
    process.kill(-this.child.pid!, 'SIGINT');
  }

  /** Kills Terraform alone. */
  kill(): void {
    process.kill(this.child.pid!, 'SIGKILL');
  }
}

/** A project with the provider of the sample, and a Terraform configuration of its own. */
export class SampleProject {
  readonly root = mkdtempSync('/tmp/regraft-sample-');
  readonly folder = join(this.root, 'things');
  readonly log = `${this.folder}.log`;
  private readonly env: NodeJS.ProcessEnv;

  constructor() {
    mkdirSync(this.folder);
    buildSample(join(this.root, 'provider'));
    const config = join(this.root, 'terraform.rc');
    writeFileSync(
      config,
      `provider_installation {
  dev_overrides { "regraft/sample" = ${JSON.stringify(join(this.root, 'provider'))} }
  direct {}
}
`,
    );
    this.env = {
      ...process.env,
      TF_CLI_CONFIG_FILE: config,
      CHECKPOINT_DISABLE: '1',
      TF_LOG_PROVIDER: 'TRACE',
      TF_LOG_PATH: join(this.root, 'trace'),
      // Sockets of the provider can be counted there.
      TMPDIR: this.root,
    };
    delete this.env['TF_LOG'];
  }

  /** What the code is from now on, beside the provider's own block. */
  code(text: string, provider = ''): void {
    writeFileSync(
      join(this.root, 'main.tf'),
      `terraform {
  required_providers { sample = { source = "regraft/sample" } }
}
provider "sample" {
  ${provider}
  folder { path = ${JSON.stringify(this.folder)} }
}
${text}
`,
    );
  }

  /** Begins a run of Terraform. */
  begin(...args: string[]): Run {
    const options = { cwd: this.root, env: this.env, detached: true } as const;
    return new Run(
      spawn(process.env['TERRAFORM_BINARY_NAME'] || 'terraform', [...args, '-no-color'], options),
    );
  }

  /** Runs Terraform to its end. */
  terraform(...args: string[]): Promise<Ended> {
    return this.begin(...args).ended;
  }

  /** `terraform apply`. */
  apply(...args: string[]): Promise<Ended> {
    return this.terraform('apply', '-auto-approve', ...args);
  }

  /** The lines of the provider's own log since they were read last, without those of its life. */
  did(): string[] {
    const lines = this.#lines();
    rmSync(this.log, { force: true });
    return lines.filter((line) => !/^(configured|closed) /.test(line));
  }

  /** The processes of the provider that were configured, and those that were closed, in their order. */
  lives(): { readonly configured: string[]; readonly closed: string[] } {
    const of = (what: string) =>
      this.#lines().flatMap((line) => line.match(new RegExp(`^${what} (\\d+)$`))?.[1] ?? []);
    return { configured: of('configured'), closed: of('closed') };
  }

  /** The folders of sockets that are there. */
  sockets(): string[] {
    return readdirSync(this.root).filter((name) => name.startsWith('regraft-provider-'));
  }

  /** Waits for a line of the provider's log that fits. */
  async until(line: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      for (const one of this.#lines()) {
        const found = one.match(line);
        if (found) return found;
      }
      await passed(20);
    }
  }

  /** What Terraform has in its state, by address. */
  async state(): Promise<Record<string, Record<string, unknown>>> {
    const { text } = await this.terraform('show', '-json');
    const { values } = JSON.parse(text.slice(text.indexOf('{'))) as {
      values?: { root_module: { resources?: { address: string; values: Record<string, unknown> }[] } };
    };
    return Object.fromEntries(
      (values?.root_module.resources ?? []).map(({ address, values: found }) => [address, found]),
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }

  #lines(): string[] {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n') : [];
  }
}

/** Waits until a process is gone, and tells how many milliseconds that took. */
export async function untilGone(pid: number): Promise<number> {
  const begun = Date.now();
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return Date.now() - begun;
    }
    await passed(20);
  }
}
