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
  if (stack !== undefined && ofStack.length === 0 && records.length > 0) {
    const stacks = [...new Set(records.map((record) => record.stack))];
    notice(`no run of stack ${JSON.stringify(stack)} is recorded: ${didYouMean(stack, stacks)}`);
  }
  return ofStack.sort(byNewest);
}

/**
 * The run that an ID, the beginning of one, or `latest` names.
 *
 * @throws UserError when it names none, or several
 */
export async function findRun(
  name: string,
  request: RunsRequest,
  context: Pick<Context, 'folder' | 'notice'>,
): Promise<RunRecord> {
  const records = await listRuns(request, context);
  if (records.length === 0) {
    throw new UserError(`there is no run ${JSON.stringify(name)}: none is recorded in ${context.folder}`);
  }
  if (name === LATEST) return records[0]!;
  const exact = records.find(({ id }) => id === name);
  if (exact) return exact;
  const ids = records.map(({ id }) => id);
  const fitting = name === '' ? [] : ids.filter((id) => id.startsWith(name));
  if (fitting.length > 1) {
    const shown = fitting.slice(0, 3).join(', ');
    const more = fitting.length > 3 ? ` and ${fitting.length - 3} more` : '';
    throw new UserError(
      `${JSON.stringify(name)} is the beginning of ${fitting.length} runs (${shown}${more}): give more of the ID`,
    );
  }
  const [only] = fitting;
  if (only === undefined) {
    throw new UserError(`there is no run ${JSON.stringify(name)}: ${didYouMean(name, ids)}`);
  }
  return records.find(({ id }) => id === only)!;
}

function byNewest(one: RunRecord, other: RunRecord): number {
  return other.startedAt.localeCompare(one.startedAt) || other.id.localeCompare(one.id);
}
