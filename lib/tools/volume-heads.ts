import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from './connection';

/**
 * The first bytes of volumes' files (`virsh vol-download`), shorter where a file is; empty for each that cannot be read.
 *
 * @param volumes each as `virsh` names it: its path, or `--pool POOL NAME`
 * @throws UserError when libvirt is not reachable
 */
export async function volumeHeads(
  connection: Connection,
  volumes: readonly (readonly string[])[],
  length: number,
): Promise<Buffer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'regraft-heads-'));
  try {
    const file = (index: number): string => join(folder, String(index));
    const part = ['--offset', '0', '--length', String(length)];
    await connection.batch(volumes.map((words, index) => ['vol-download', ...words, file(index), ...part]));
    return await Promise.all(volumes.map((_, index) => readFile(file(index)).catch(() => Buffer.alloc(0))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
