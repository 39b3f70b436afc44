import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Lab } from '../lab/lab';
import type { Project } from '../lab/project';
import { placeIn } from '../lab/project';
import { terraformEnv } from '../lab/provider';

const repository = join(__dirname, '..');

/** The program `regraft`, built from this repository and run in the demo's project. */
export class Regraft {
  /** Builds the program into `dist`; its types are the business of `npm run types`. */
  static async build(): Promise<void> {
    const compiler = join(repository, 'node_modules/typescript/bin/tsc');
    await promisify(execFile)('node', [compiler, '-p', join(repository, 'tsconfig.build.json'), '--noCheck']);
  }

  private running: ChildProcess | undefined;

  constructor(
    private readonly lab: Lab,
    private readonly project: Project,
  ) {}

  /** Runs `regraft ARGS` for all to see. */
  async show(...args: string[]): Promise<void> {
    await this.run(args, 'inherit');
  }

  /** Runs `regraft ARGS` and returns what it reports. */
  read(...args: string[]): Promise<string> {
    return this.run(args, 'pipe');
  }

  /** Stops what runs, and waits until it has ended. */
  async stop(): Promise<void> {
    const child = this.running;
    if (!child) return;
    const ended = once(child, 'close');
    // After the Ctrl-C that a terminal sends to all, this is the second, at which it ends at once.
    child.kill('SIGTERM');
    await ended;
  }

  private async run(args: readonly string[], output: 'inherit' | 'pipe'): Promise<string> {
    const place = JSON.stringify(placeIn(this.lab));
    const child = spawn('node', [join(repository, 'dist/cli/bin.js'), ...args], {
      cwd: this.project.folder,
      env: { ...process.env, ...terraformEnv(), REGRAFT_LAB_PLACE: place },
      stdio: ['ignore', output, output],
    });
    this.running = child;
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    this.running = undefined;
    if (exitCode === 0) return stdout;
    const said = `${stdout}${stderr}`.slice(-4000);
    throw new Error(`regraft ${args.join(' ')} ended with exit code ${exitCode ?? 'none'}:\n${said}`);
  }
}
