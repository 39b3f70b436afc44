import { mkdtemp, rmdir, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Does something with a file that only this user can read, and that is gone afterwards.
 *
 * @param content what it holds; left out, there is a folder for it and no file yet
 */
export async function withTemporaryFile<Result>(
  content: string | undefined,
  act: (file: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'regraft-'));
  const file = join(folder, 'content');
  try {
    if (content !== undefined) await writeFile(file, content, { mode: 0o600 });
    return await act(file);
  } finally {
    // A recursive removal looks at each of them first, which a fleet of clones pays for thousands of times.
    await unlink(file).catch(() => undefined);
    await rmdir(folder).catch(() => undefined);
  }
}
