import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { guestImage } from './guest';
import type { WaveSize } from '../lib/model/waves';
import type { Lab } from './lab';
import { killTree } from './process-tree';
import { dialectInUse, terraformEnv } from './provider';

const run = promisify(execFile);
const repository = join(__dirname, '..');

/**
 * Milliseconds after which what provider 0.8 takes part in has hung: with every cloud-init volume that 0.8.3 reads it
 * may wait for itself for good. libvirtd ends a download by an empty packet and another reply; `requestStream` of its
 * go-libvirt returns at the first, and when the second comes before it has left the table of callbacks, the reader of
 * the connection waits with the lock of that table for one who takes it.
 */
const HUNG = 5 * 60_000;

/** What the code says at one stage of a story. */
export interface CodeChange {
  readonly bases: readonly BaseVersion[];
  readonly base: BaseVersion;
  readonly clones: readonly string[];
  readonly retired?: readonly string[];
  readonly retiredBases?: readonly string[];
  /** The open rebase, to v2 where it says nothing else. */
  readonly rebase?: {
    readonly to?: BaseVersion;
    readonly clones?: readonly string[];
    readonly retain?: boolean;
    readonly waves?: readonly WaveSize[];
  };
  /** The text that clones are restored by, of dialect `regraft`. */
  readonly restore?: Readonly<Record<string, string>>;
  /** Whether the guests have to say on their consoles that they are ready, and within how many tries. */
  readonly health?: { readonly retries: number };
}

/** The bases that a story may have: two that boot, and a blank one that does not. */
export type BaseVersion = 'v1' | 'v2' | 'blank';

/** Where the stack stands. */
export interface Place {
  readonly uri: string;
  readonly storage: string;
  readonly consoleLogs: string;
  readonly images: Readonly<Record<BaseVersion, string>>;
}

/** Where a stack in a lab stands. */
export function placeIn(lab: Lab, uri = lab.uri): Place {
  return {
    uri,
    storage: join(lab.pools, 'pool'),
    consoleLogs: lab.consoleLogs,
    images: { v1: guestImage('v1'), v2: guestImage('v2'), blank: join(lab.directory, 'blank.qcow2') },
  };
}

/** What a command printed, and how it ended. */
export interface Output {
  readonly exitCode: number;
  readonly text: string;
}

/** One action of a Terraform plan. */
export interface PlannedAction {
  readonly address: string;
  readonly actions: string;
  readonly previousAddress?: string;
}

/** A user's cdktf project in a folder of its own, worked on with the cdktf command line. */
export class Project {
  /** The folder that the user's shell is in. */
  readonly folder = mkdtempSync('/tmp/regraft-project-');
  /** The generation of the provider in use: `0.8`, `0.9` or `regraft`. */
  readonly generation: string;
  private readonly context: Readonly<Record<string, string>>;
  private app: string[] = [];
  private readonly env: NodeJS.ProcessEnv;
  private hasCode = false;

  /**
   * @param main the app, a file of this repository
   * @param provider what the hosts are synthesized for; an exact version of dmacvicar/libvirt, or `regraft`
   */
  constructor(lab: Lab, main = 'lab/stack/main.ts', provider = dialectInUse()) {
    this.context = { 'regraft:provider': provider };
    this.generation = provider.split('.').slice(0, 2).join('.');
    this.env = {
      ...process.env,
      ...terraformEnv(),
      REGRAFT_LAB_PLACE: JSON.stringify(placeIn(lab)),
      CI: '1',
      NO_COLOR: '1',
    };
    this.runs(`${join(repository, 'tsconfig.json')} ${join(repository, main)}`);
  }

  /** Makes a file of the project's own its app, `main.ts` with this code. */
  writeCode(code: string): void {
    writeFileSync(join(this.folder, 'main.ts'), code);
    if (this.hasCode) return;
    this.hasCode = true;
    symlinkSync(join(repository, 'node_modules'), join(this.folder, 'node_modules'));
    const paths = { regraft: [join(repository, 'lib/index.ts')] };
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths } }));
    this.runs('tsconfig.json main.ts');
  }

  /** The code of {@link writeCode} as it is now. */
  code(): string {
    return readFileSync(join(this.folder, 'main.ts'), 'utf8');
  }

  /** Writes what the code says now; an app of another file than the default reads what it likes. */
  write(change: CodeChange | object): void {
    writeFileSync(join(this.folder, 'change.json'), JSON.stringify(change));
  }

  /** `cdktf diff`: what the change would do. */
  diff(stack = 'lab'): Promise<Output> {
    return this.cdktf('diff', stack);
  }

  /** `cdktf deploy --auto-approve`. */
  deploy(stack = 'lab'): Promise<Output> {
    return this.cdktf('deploy', stack, '--auto-approve');
  }

  /** What `cdktf synth` does: the stack's folder, for those who work on with plain Terraform, which is ready then. */
  async synth(): Promise<void> {
    const env = {
      ...this.env,
      CDKTF_OUTDIR: join(this.folder, 'cdktf.out'),
      CDKTF_CONTEXT_JSON: JSON.stringify(this.context),
    };
    const synthesized = await this.execute('node', this.app, this.folder, env);
    if (synthesized.exitCode !== 0) throw new Error(`the app failed:\n${synthesized.text.slice(-4000)}`);
    // Neither providers nor backend change with the code.
    if (existsSync(join(this.stackFolder, '.terraform'))) return;
    const { exitCode, text } = await this.terraform('init', '-input=false', '-no-color');
    if (exitCode !== 0) throw new Error(`terraform init ended with ${exitCode}:\n${text.slice(-4000)}`);
  }

  /** Plain Terraform (or OpenTofu) in the synthesized stack's folder. */
  terraform(...args: string[]): Promise<Output> {
    return this.execute(this.env['TERRAFORM_BINARY_NAME']!, args, this.stackFolder);
  }

  /** The actions of the plan that the last `cdktf diff` left behind, without those that change nothing. */
  async plannedActions(planFile = 'plan'): Promise<PlannedAction[]> {
    const plan = JSON.parse(await this.planJson(planFile)) as {
      resource_changes?: { address: string; previous_address?: string; change: { actions: string[] } }[];
    };
    return (plan.resource_changes ?? [])
      .map(({ address, previous_address: previousAddress, change }) => ({
        address,
        actions: change.actions.join('+'),
        ...(previousAddress === undefined ? {} : { previousAddress }),
      }))
      .filter(
        ({ actions, previousAddress }) =>
          !['no-op', 'read'].includes(actions) || previousAddress !== undefined,
      );
  }

  /** The plan that the last `cdktf diff` left behind, as JSON. */
  async planJson(planFile = 'plan'): Promise<string> {
    const { exitCode, text } = await this.terraform('show', '-json', planFile);
    if (exitCode !== 0)
      throw new Error(`terraform show ended with exit code ${exitCode}:\n${text.slice(-2000)}`);
    return text;
  }

  /** The synthesized stack. */
  synthesized(): string {
    return readFileSync(join(this.stackFolder, 'cdk.tf.json'), 'utf8');
  }

  /** Removes the project's folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The folder that Terraform runs in. */
  get stackFolder(): string {
    return join(this.folder, 'cdktf.out/stacks/lab');
  }

  private runs(tsconfigAndApp: string): void {
    this.app = [
      join(repository, 'node_modules/tsx/dist/cli.mjs'),
      '--tsconfig',
      ...tsconfigAndApp.split(' '),
    ];
    const app = ['node', ...this.app].join(' ');
    const { context } = this;
    writeFileSync(
      join(this.folder, 'cdktf.json'),
      JSON.stringify({ language: 'typescript', app, projectId: 'lab', sendCrashReports: 'false', context }),
    );
  }

  private cdktf(...args: string[]): Promise<Output> {
    const program = join(repository, 'node_modules/cdktf-cli/bundle/bin/cdktf.js');
    // "terraform providers lock", which cdktf runs otherwise, asks the registry whatever mirror is configured.
    return this.execute('node', [program, ...args, '--skip-provider-lock'], this.folder);
  }

  private async execute(program: string, args: string[], cwd: string, env = this.env): Promise<Output> {
    const running = run(program, args, { cwd, env, maxBuffer: 256 * 1024 * 1024 });
    let hung = false;
    const watch = setTimeout(() => {
      hung = this.generation === '0.8';
      if (hung) killTree(running.child.pid!);
    }, HUNG);
    try {
      const { stdout, stderr } = await running;
      return { exitCode: 0, text: stdout + stderr };
    } catch (error) {
      if (hung) return await this.execute(program, args, cwd, env);
      const { code, stdout = '', stderr = '' } = error as { code?: number; stdout?: string; stderr?: string };
      return { exitCode: typeof code === 'number' ? code : 1, text: stdout + stderr };
    } finally {
      clearTimeout(watch);
    }
  }
}
