import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Said } from '../regraft';
import type { Forge } from './forge';

const examples = join(__dirname, '../../../examples/ci');

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the jobs of the files in examples/ci in a checkout, as the forge's runner would: the very lines that stand in them. */
export class Runner {
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly checkout: string,
    private readonly forge: Forge,
    env: NodeJS.ProcessEnv,
  ) {
    const bin = join(checkout, '.git/runner-bin');
    mkdirSync(bin, { recursive: true });
    const program = join(__dirname, '../../../dist/cli/bin.js');
    // The packages are there already; the checkout has no node_modules of its own.
    writeFileSync(join(bin, 'npm'), '#!/bin/sh\nexit 0\n');
    writeFileSync(
      join(bin, 'npx'),
      `#!/bin/sh\n[ "$1 $2" = "--no-install regraft" ] || exit 99\nshift 2\nexec node ${program} "$@"\n`,
    );
    for (const name of ['npm', 'npx']) chmodSync(join(bin, name), 0o755);
    this.env = { ...env, PATH: `${bin}:${env['PATH']}` };
  }

  /** A job of github-actions.yml. */
  async github(name: 'plan' | 'apply'): Promise<Said> {
    const workflow = this.read<{ jobs: Record<string, { env?: Record<string, string>; steps: Step[] }> }>(
      'github-actions.yml',
    );
    const { env = {}, steps } = workflow.jobs[name]!;
    const values: Record<string, string> = {
      'secrets.REGRAFT_BUNDLE_KEY': 'the key',
      'github.token': 'github-token',
      'github.event.pull_request.number': '7',
    };
    const fill = (text: string): string =>
      text.replace(/\$\{\{ (.*?) \}\}/g, (_, key: string) => {
        if (values[key] === undefined)
          throw new Error(`the workflow has an expression that the test does not know: ${key}`);
        return values[key];
      });
    const filled = (variables: Readonly<Record<string, unknown>>): Record<string, string> =>
      Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, fill(String(value))]));
    const total = { exitCode: 0, stdout: '', stderr: '' };
    for (const step of steps) {
      if (total.exitCode !== 0 && !step.if?.includes("steps.plan.outcome == 'failure'")) continue;
      if (step.uses) {
        this.action(step.uses.split('@')[0]!, filled(step.with ?? {}));
        continue;
      }
      const outputs = join(this.checkout, '.git/outputs');
      writeFileSync(outputs, '');
      const said = await this.run(step.run!, {
        ...filled({ ...env, ...step.env }),
        GITHUB_OUTPUT: outputs,
        GITHUB_API_URL: this.forge.url,
        GITHUB_REPOSITORY: 'me/lab',
      });
      add(total, said);
      for (const [, key, value] of readFileSync(outputs, 'utf8').matchAll(/^(\w+)=(.*)$/gm)) {
        values[`steps.${step.id}.outputs.${key}`] = value!;
      }
    }
    return total;
  }

  /** A job of gitlab-ci.yml. */
  async gitlab(name: 'plan' | 'apply'): Promise<Said> {
    const job =
      this.read<Record<string, { script: string[]; after_script?: string[] }>>('gitlab-ci.yml')[name]!;
    const env = {
      GITLAB_CI: 'true',
      CI_API_V4_URL: this.forge.url,
      CI_PROJECT_ID: '3',
      CI_MERGE_REQUEST_IID: '7',
      CI_JOB_TOKEN: 'job-token',
      REGRAFT_GITLAB_TOKEN: 'project-token',
      REGRAFT_BUNDLE_KEY: 'the key',
    };
    const said = await this.run(job.script.join('\n'), env);
    // What it comes to is no matter of the job's.
    for (const line of job.after_script ?? []) said.stderr += (await this.run(line, env)).stderr;
    return said;
  }

  /** A step of the workflow in atlantis-server.yaml. */
  async atlantis(stage: 'plan' | 'apply'): Promise<Said> {
    const { projects } = this.read<{ projects: { name: string; workflow: string }[] }>('atlantis.yaml');
    const server = this.read<{ workflows: Record<string, Record<string, { steps: { run: string }[] }>> }>(
      'atlantis-server.yaml',
    );
    const [{ name, workflow }] = projects as [(typeof projects)[number]];
    const total = { exitCode: 0, stdout: '', stderr: '' };
    for (const { run } of server.workflows[workflow]![stage]!.steps) {
      if (total.exitCode === 0)
        add(total, await this.run(run, { PROJECT_NAME: name, PLANFILE: this.planFile }));
    }
    return total;
  }

  /** Where Atlantis keeps a plan. */
  get planFile(): string {
    return join(this.checkout, '.git/lab-default.tfplan');
  }

  private action(name: string, options: Record<string, string>): void {
    const packed = join(this.checkout, 'review.tar.gpg');
    switch (name) {
      case 'actions/checkout':
      case 'actions/setup-node':
      case 'hashicorp/setup-terraform':
        return;
      case 'actions/upload-artifact':
        this.forge.stored.set(options['name']!, readFileSync(join(this.checkout, options['path']!)));
        return;
      case 'actions/download-artifact':
        if (options['run-id'] !== '99') throw new Error(`there is no run ${options['run-id']}`);
        writeFileSync(packed, this.forge.stored.get(options['name']!)!);
        return;
      default:
        throw new Error(`the workflow uses an action that the test does not know: ${name}`);
    }
  }

  /** Asynchronous, since the forge that the script asks lives in this process. */
  private run(script: string, env: Record<string, string>): Promise<Said> {
    return new Promise((resolve) => {
      const options = { cwd: this.checkout, env: { ...this.env, ...env } };
      execFile('bash', ['-e', '-c', script], options, (error, stdout, stderr) => {
        const code = error?.code;
        resolve({ exitCode: typeof code === 'number' ? code : error ? 1 : 0, stdout, stderr });
      });
    });
  }

  private read<Content>(name: string): Content {
    return parse(readFileSync(join(examples, name), 'utf8')) as Content;
  }
}

/** Copies the scripts to where the files call them. */
export function copyScripts(checkout: string): void {
  mkdirSync(join(checkout, 'ci'));
  for (const name of [
    'plan.sh',
    'pack.sh',
    'unpack.sh',
    'apply.sh',
    'atlantis-plan.sh',
    'atlantis-apply.sh',
    'forge.mjs',
  ]) {
    if (!existsSync(join(checkout, 'ci', name)))
      copyFileSync(join(examples, name), join(checkout, 'ci', name));
  }
}

function add(total: Said, said: Said): void {
  total.exitCode ||= said.exitCode;
  total.stdout += said.stdout;
  total.stderr += said.stderr;
}
