import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../model/user-error';
import { appCommand } from './app-command';
import type { Surroundings } from './process';
import { run } from './process';

/** A user's cdktf project, as its `cdktf.json` says. */
export interface CdktfProject {
  readonly folder: string;
  /** The command that synthesizes the stacks. */
  readonly app: string | undefined;
  /** The folder of the synthesized stacks. */
  readonly output: string;
  readonly context: Readonly<Record<string, unknown>> | undefined;
  /** Modules in the project itself, which the stacks refer to by relative paths. */
  readonly relativeModules: readonly unknown[];
}

/** A synthesized stack. */
export interface SynthesizedStack {
  readonly name: string;
  /** The folder that Terraform runs in. */
  readonly folder: string;
  /** The path of its `cdk.tf.json`. */
  readonly file: string;
}

/**
 * Reads `cdktf.json`.
 *
 * @throws UserError when the folder has none, or when it is not JSON
 */
export async function readProject(folder: string, env: NodeJS.ProcessEnv): Promise<CdktfProject> {
  const file = join(folder, 'cdktf.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`there is no ${file}: run regraft in the folder of a cdktf project`);
  });
  const config = parse(file, text) as {
    app?: unknown;
    output?: unknown;
    context?: unknown;
    terraformModules?: unknown;
  };
  const output = env['CDKTF_OUTDIR'] || (typeof config.output === 'string' ? config.output : 'cdktf.out');
  return {
    folder,
    app: typeof config.app === 'string' ? config.app : undefined,
    output: resolve(folder, output),
    context: config.context === undefined ? undefined : (config.context as Record<string, unknown>),
    relativeModules: relativeModules(config.terraformModules),
  };
}

/**
 * Synthesizes the stacks by the project's own command, in the environment that cdktf gives it; `context` is added to
 * the project's own.
 *
 * @throws UserError when there is no command, when it needs a shell, or when it fails
 */
export async function synthesize(
  project: CdktfProject,
  surroundings: Surroundings,
  context: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const file = join(project.folder, 'cdktf.json');
  if (project.app === undefined) {
    throw new UserError(
      `${file} says no app: add the command that synthesizes the stacks, or use --synthesized`,
    );
  }
  const { program, args, env } = appCommand(project.app, surroundings.env, file);
  const { exitCode, stdout, stderr } = await run(program, args, {
    ...surroundings,
    folder: project.folder,
    env: { ...synthesisEnv(project, surroundings.env, context), ...env },
    missing: `it is the app of ${file}; install it, or synthesize by other means and use --synthesized`,
  });
  if (exitCode === 0) return;
  const { error, words } = appWords(stderr.trim() === '' ? stdout : stderr);
  throw new UserError(`the app command of ${file} failed with exit code ${exitCode}: ${error}`, words);
}

/**
 * The stacks that were synthesized last.
 *
 * @throws UserError when there are none
 */
export async function readStacks({ output }: CdktfProject): Promise<SynthesizedStack[]> {
  const file = join(output, 'manifest.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(
      `there is no ${file}: synthesize first (cdktf synth), and see that the app calls app.synth()`,
    );
  });
  const { stacks = {} } = parse(file, text) as {
    stacks?: Record<string, { name: string; workingDirectory: string; synthesizedStackPath: string }>;
  };
  return Object.values(stacks).map(({ name, workingDirectory, synthesizedStackPath }) => ({
    name,
    folder: join(output, workingDirectory),
    file: join(output, synthesizedStackPath),
  }));
}

/** What cdktf sets for the app command; Terraform's variables are no business of the synthesis. */
function synthesisEnv(
  project: CdktfProject,
  env: NodeJS.ProcessEnv,
  more: Readonly<Record<string, unknown>>,
): NodeJS.ProcessEnv {
  const context = project.context ?? parse('CDKTF_CONTEXT_JSON', env['CDKTF_CONTEXT_JSON'] || '{}');
  return {
    NODE_OPTIONS: '--max-old-space-size=4096',
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TF_VAR_'))),
    CDKTF_OUTDIR: project.output,
    CDKTF_CONTEXT_JSON: JSON.stringify({
      ...(context as Record<string, unknown>),
      ...more,
      cdktfRelativeModules: project.relativeModules,
    }),
    SYNTH_HCL_OUTPUT: 'false',
  };
}

/** The error of an app command without the stack trace below it. */
function appWords(said: string): { error: string; words: string } {
  const lines = said.trimEnd().split('\n');
  const start = lines.findIndex((line) => /^(?:Uncaught )?[\w.]*Error\b.*?: /.test(line));
  const rest = start < 0 ? lines.slice(-20) : lines.slice(start);
  const end = rest.findIndex((line) => /^\s+at /.test(line));
  const words = (end > 0 ? rest.slice(0, end) : rest).join('\n').trim();
  return { error: (words.split('\n')[0] ?? '').replace(/^[\w.]*Error: /, '').replace(/:$/, ''), words };
}

function relativeModules(modules: unknown): unknown[] {
  if (!Array.isArray(modules)) return [];
  return modules.filter((module: unknown) => {
    const source = typeof module === 'string' ? module : (module as { source?: unknown } | null)?.source;
    return typeof source === 'string' && /^\.\.?\//.test(source);
  });
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${(error as Error).message.split('\n')[0]}`);
  }
}
