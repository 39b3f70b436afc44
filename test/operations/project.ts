import type FileSystem from 'node:fs';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type Path from 'node:path';
import { join } from 'node:path';

/** What the stand-in for Terraform does; all of it is optional. */
export interface Script {
  /** What `version` prints. */
  readonly version?: string;
  /** The plan's JSON by stack. */
  readonly plans?: Readonly<Record<string, string>>;
  /** What `plan` says on stderr when it fails, by stack. */
  readonly failures?: Readonly<Record<string, string>>;
  /** Whether a plan that fails is left behind all the same. */
  readonly leavesPlan?: boolean;
  /** What the first `plan` says before `init` was run. */
  readonly asksForInit?: string;
  /** What `init` without -upgrade says when it fails. */
  readonly initFails?: string;
  /** What `state pull` prints. */
  readonly state?: string;
}

/** A cdktf project in a folder of its own, with a program in Terraform's place that follows a script and notes its calls. */
export class ScriptedProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'regraft-test-'));
  readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly stacks: readonly string[],
    script: Script = {},
    readonly provider: Readonly<Record<string, unknown>> = {},
  ) {
    writeFileSync(join(this.folder, 'script.json'), JSON.stringify(script));
    const terraform = join(this.folder, 'terraform');
    writeFileSync(terraform, `#!${process.execPath}\n(${String(standIn)})(${JSON.stringify(this.folder)})\n`);
    chmodSync(terraform, 0o755);
    const content = { terraform: { required_providers: { libvirt: { version: '0.8.3' } } }, provider };
    writeFileSync(
      join(this.folder, 'app.js'),
      `(${String(app)})(${JSON.stringify(stacks)}, ${JSON.stringify(content)})\n`,
    );
    this.write({ app: 'node app.js' });
    this.env = { PATH: process.env['PATH'], TERRAFORM_BINARY_NAME: terraform };
  }

  /** Writes `cdktf.json`. */
  write(config: object): void {
    writeFileSync(join(this.folder, 'cdktf.json'), JSON.stringify(config));
  }

  /** The arguments of the calls of Terraform so far, `version` left out. */
  calls(): string[] {
    try {
      const lines = readFileSync(join(this.folder, 'calls'), 'utf8').trim().split('\n');
      return lines.filter((line) => !line.endsWith(': version'));
    } catch {
      return [];
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs as a program of its own: it sees nothing of this file. */
function standIn(root: string): void {
  /* eslint-disable @typescript-eslint/no-require-imports */
  const fs = require('node:fs') as typeof FileSystem;
  const path = require('node:path') as typeof Path;
  /* eslint-enable @typescript-eslint/no-require-imports */
  const script = JSON.parse(fs.readFileSync(path.join(root, 'script.json'), 'utf8')) as Script;
  const args = process.argv.slice(2);
  const stack = path.basename(process.cwd());
  fs.appendFileSync(path.join(root, 'calls'), `${stack}: ${args.join(' ')}\n`);
  const fail = (text: string): never => {
    process.stderr.write(text);
    process.exit(1);
  };
  const initialized = fs.existsSync('.terraform/initialized');
  switch (args[0]) {
    case 'version':
      process.stdout.write(script.version ?? 'Terraform v1.11.4\non linux_amd64\n');
      break;
    case 'init':
      if (script.initFails && !args.includes('-upgrade')) fail(script.initFails);
      fs.mkdirSync('.terraform', { recursive: true });
      fs.writeFileSync('.terraform/initialized', '');
      fs.writeFileSync('.terraform.lock.hcl', '# locked\n');
      break;
    case 'plan': {
      const failure = script.failures?.[stack];
      if (script.asksForInit && !initialized) fail(script.asksForInit);
      const out = args.find((arg) => arg.startsWith('-out='))!.slice(5);
      if (failure === undefined || script.leavesPlan) fs.writeFileSync(out, `plan of ${stack}`);
      if (failure !== undefined) fail(failure);
      break;
    }
    case 'show':
      process.stdout.write(
        args.includes('-json') ? (script.plans?.[stack] ?? '') : 'Terraform will do things\n',
      );
      break;
    case 'state':
      process.stdout.write(script.state ?? '');
      break;
  }
}

/** Runs as the app of `cdktf.json`: it sees nothing of this file. */
function app(stacks: string[], content: object): void {
  /* eslint-disable @typescript-eslint/no-require-imports */
  const fs = require('node:fs') as typeof FileSystem;
  const path = require('node:path') as typeof Path;
  /* eslint-enable @typescript-eslint/no-require-imports */
  const out = process.env['CDKTF_OUTDIR']!;
  const entries = stacks.map((name) => {
    const workingDirectory = `stacks/${name}`;
    fs.mkdirSync(path.join(out, workingDirectory), { recursive: true });
    fs.writeFileSync(path.join(out, workingDirectory, 'cdk.tf.json'), JSON.stringify(content));
    return [name, { name, workingDirectory, synthesizedStackPath: `${workingDirectory}/cdk.tf.json` }];
  });
  fs.writeFileSync(path.join(out, 'manifest.json'), JSON.stringify({ stacks: Object.fromEntries(entries) }));
  fs.writeFileSync(path.join(out, 'env.json'), JSON.stringify(process.env));
}

/** Makes an empty folder below a project. */
export function folderIn(project: ScriptedProject, name: string): string {
  const folder = join(project.folder, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
