import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { UserError } from '../model/user-error';
import { OWN_FOLDER } from './rollout/run';

/** What a base volume was when it was made, or when it was looked at first. */
export interface BaseRecord {
  /** The file name in the host's storage. */
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly sha256: string;
  /** When, in UTC (ISO 8601). */
  readonly at: string;
  /** `apply`, `prepare`: just after it was made. `verify`: by the first `regraft verify`, which knows nothing of the time before. */
  readonly by: 'apply' | 'prepare' | 'verify';
}

/** Records by `HOST/BASE/VOLUME`. */
export type BaseRecords = Readonly<Record<string, BaseRecord>>;

const FILE = 'bases.json';

const record = z.object({
  file: z.string(),
  size: z.number(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string(),
  by: z.enum(['apply', 'prepare', 'verify']),
});
const content = z.object({
  version: z.literal(1),
  stacks: z.record(z.string(), z.record(z.string(), record)),
});

type Content = z.infer<typeof content>;

/**
 * What is on record of a stack's base volumes.
 *
 * @throws UserError when the record cannot be read
 */
export async function baseRecords(project: string, stack: string): Promise<BaseRecords> {
  return (await read(project)).stacks[stack] ?? {};
}

/**
 * Puts a base volume on record, in the place of what was there.
 *
 * @throws UserError when the record cannot be read or written
 */
export async function recordBase(
  project: string,
  stack: string,
  key: string,
  made: BaseRecord,
): Promise<void> {
  const folder = join(project, OWN_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The file need not be there yet.
  const release = await lockfile.lock(join(folder, FILE), {
    realpath: false,
    retries: { retries: 50, factor: 1, minTimeout: 100 },
  });
  try {
    const { stacks } = await read(project);
    const next: Content = { version: 1, stacks: { ...stacks, [stack]: { ...stacks[stack], [key]: made } } };
    await writeFileAtomic(join(folder, FILE), `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  } finally {
    await release();
  }
}

async function read(project: string): Promise<Content> {
  const path = join(project, OWN_FOLDER, FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UserError(`the record of base volumes cannot be read: ${error.message}`);
  });
  if (text === undefined) return { version: 1, stacks: {} };
  try {
    return content.parse(JSON.parse(text));
  } catch {
    throw new UserError(
      `${path} is not a record of base volumes that this regraft has written: move it away, then record them anew with regraft verify`,
    );
  }
}
