import { parse } from 'shell-quote';
import { UserError } from '../model/user-error';

/** A command as a program and its arguments. */
export interface AppCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The variables that the command sets for itself (`NAME=value program …`). */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Takes the app command of `cdktf.json` apart, so that it can be run without a shell.
 *
 * @throws UserError when it is empty or when only a shell could run it (`&&`, `|`, `>`, `*`, `$(…)`)
 */
export function appCommand(app: string, env: NodeJS.ProcessEnv, file: string): AppCommand {
  const words = parse(app, (name) => env[name] ?? '');
  const foreign = words.find((word) => typeof word !== 'string');
  if (foreign !== undefined || app.includes('`') || /\$\(/.test(app)) {
    throw new UserError(
      `the app of ${file} is ${JSON.stringify(app)}, which only a shell can run${foreign ? ` (${wordText(foreign)})` : ''}: put it into a script, or synthesize by other means (cdktf synth) and use --synthesized`,
    );
  }
  const texts = words as string[];
  const start = texts.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const [program, ...args] = start < 0 ? [] : texts.slice(start);
  if (program === undefined) {
    throw new UserError(
      `the app of ${file} is ${JSON.stringify(app)}, expected a command such as "npx tsx main.ts"`,
    );
  }
  const assignments = texts.slice(0, start).map((word) => {
    const equals = word.indexOf('=');
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
  return { program, args, env: Object.fromEntries(assignments) as Record<string, string> };
}

function wordText(word: object): string {
  const { op, pattern, comment } = word as { op?: string; pattern?: string; comment?: string };
  return pattern ?? op ?? (comment === undefined ? 'an operator' : `#${comment}`);
}
