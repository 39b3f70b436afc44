import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { RunRecord } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import { findRun, listRuns } from '../../operations/runs';
import { runHtml } from '../../review/reporters/run-html';
import { runJson, runsJson } from '../../review/reporters/run-json';
import { runList } from '../../review/reporters/run-list';
import { runMarkdown } from '../../review/reporters/run-markdown';
import { runReport } from '../../review/reporters/run-terminal';
import type { Format } from '../formats';
import type { Given } from '../program';
import { hasColor } from '../terminal';
import { formatOptions, type ReportOptions, wholeNumber, writeReport } from './report';

interface Options extends ReportOptions {
  readonly stack?: string;
  readonly limit: number;
}

const LIMIT = 20;

/** Adds `regraft runs`. */
export function runsCommand(root: Command, given: Given): void {
  const command = root
    .command('runs')
    .description(
      'Print the record of runs: who moved what, when, by which plan, and what came of each machine.',
    )
    .argument('[run]', "a run's ID, the beginning of one, or latest; without it: a list, the newest first")
    .option('--stack <name>', 'only runs of this stack')
    .option('--limit <number>', 'the most runs that are listed', wholeNumber, LIMIT);
  formatOptions(command, 'record').action(async (name: string | undefined, options: Options) => {
    const format = options.json ? 'json' : options.format;
    if (name !== undefined && command.getOptionValueSource('limit') === 'cli') {
      throw new UserError(`run ${name} and --limit ${options.limit} are given: --limit is for the list`);
    }
    if (name === undefined && (format === 'markdown' || format === 'html')) {
      throw new UserError(
        `${format} is a report of one run: name one, as in regraft runs latest --format ${format}`,
      );
    }
    const color = format === 'terminal' && options.output === undefined && isColored(given);
    const text =
      name === undefined
        ? await listText(format, options, color, given)
        : one(await findRun(name, options, given.context), format, color);
    if (options.output === undefined) given.terminal.stdout.write(text);
    else await writeReport(resolve(given.terminal.folder, options.output), text);
  });
}

async function listText(
  format: Format,
  options: Options,
  color: boolean,
  { context }: Given,
): Promise<string> {
  const runs = await listRuns(options, context);
  const shown = runs.slice(0, options.limit);
  if (runs.length > shown.length) {
    context.notice(
      `${runs.length - shown.length} older runs are not listed: --limit ${runs.length} lists all`,
    );
  }
  return format === 'json' ? runsJson(shown) : runList(shown, { color });
}

function one(run: RunRecord, format: Format, color: boolean): string {
  switch (format) {
    case 'terminal':
      return runReport(run, { color });
    case 'markdown':
      return runMarkdown(run);
    case 'json':
      return runJson(run);
    case 'html':
      return runHtml(run);
  }
}

function isColored({ terminal }: Given): boolean {
  return hasColor(terminal.stdout, terminal.env);
}
