import { didYouMean } from '../model/names';
import type { RunRecord } from '../model/run-record';
import { UserError } from '../model/user-error';
import type { Context } from './context';
import { readRuns } from './rollout/run';

/** Which runs are meant. */
export interface RunsRequest {
  /** The stack that they moved. @default runs of all stacks */
  readonly stack?: string;
}

/** The name of the newest run, whatever its ID is. */
export const LATEST = 'latest';

/**
 * The recorded runs of a project, the newest first; what cannot be read is told in a notice and left out.
 *
 * @throws UserError when the folder of the runs cannot be read
 */
export async function listRuns(
  { stack }: RunsRequest,
  { folder, notice }: Pick<Context, 'folder' | 'notice'>,
): Promise<RunRecord[]> {
  const found = await readRuns(folder);
  for (const one of found) if ('error' in one) notice(`run ${one.id} is left out: ${one.error.message}`);
  const records = found.flatMap((one) => ('run' in one ? [one.run.record] : []));
  const ofStack = records.filter((record) => stack === undefined || record.stack === stack);
  if (found.length === 0) notice(`no run is recorded in ${folder}: regraft apply records each`);
  else if (stack !== undefined && ofStack.length === 0) {
    const stacks = [...new Set(records.map((record) => record.stack))];
    notice(`no run of stack ${JSON.stringify(stack)} is recorded: ${didYouMean(stack, stacks)}`);
  }
  return ofStack.sort(byNewest);
}

/**
 * The run that an ID, the beginning of one, or `latest` names.
 *
 * @throws UserError when it names none, several, or one whose record cannot be read
 */
export async function findRun(
  name: string,
  { stack }: RunsRequest,
  context: Pick<Context, 'folder' | 'notice'>,
): Promise<RunRecord> {
  if (name === LATEST) {
    const [latest] = await listRuns(stack === undefined ? {} : { stack }, context);
    if (latest === undefined) throw new UserError('there is no latest run: begin one with regraft apply');
    return latest;
  }
  const all = (await readRuns(context.folder)).reverse();
  // Nobody knows the stack of a record that cannot be read.
  const found = all.filter((one) => 'error' in one || stack === undefined || one.run.record.stack === stack);
  const exact = found.filter(({ id }) => id === name);
  const fitting = exact.length > 0 || name === '' ? exact : found.filter(({ id }) => id.startsWith(name));
  const [only] = fitting;
  if (only === undefined) {
    const ids = found.map(({ id }) => id);
    throw new UserError(`there is no run ${JSON.stringify(name)}: ${didYouMean(name, ids)}`);
  }
  if (fitting.length > 1) {
    const shown = fitting.slice(0, 3).map(({ id }) => id);
    const more = fitting.length > 3 ? ` and ${fitting.length - 3} more` : '';
    throw new UserError(
      `${JSON.stringify(name)} is the beginning of ${fitting.length} runs (${shown.join(', ')}${more}): give more of the ID`,
    );
  }
  if ('error' in only) throw only.error;
  return only.run.record;
}

function byNewest(one: RunRecord, other: RunRecord): number {
  return other.startedAt.localeCompare(one.startedAt) || other.id.localeCompare(one.id);
}
