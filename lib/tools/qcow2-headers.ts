import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Qcow2Header } from '../model/qcow2-header';
import { parseQcow2Header, QCOW2_HEADER_CLUSTER } from '../model/qcow2-header';
import type { Surroundings } from './process';
import { VirshConnection } from './virsh-connection';

/**
 * The headers of volumes by their paths, read over libvirt (`virsh vol-download`), which tells the format of a backing
 * file also where the header fixes none and it has guessed; left out for each that cannot be read or is no qcow2.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readQcow2Headers(
  uri: string,
  paths: readonly string[],
  surroundings: Surroundings,
): Promise<Map<string, Qcow2Header>> {
  const folder = await mkdtemp(join(tmpdir(), 'regraft-headers-'));
  try {
    const part = ['--offset', '0', '--length', String(QCOW2_HEADER_CLUSTER)];
    await new VirshConnection(uri, surroundings).batch(
      paths.map((path, index) => ['vol-download', path, join(folder, String(index)), ...part]),
    );
    const headers = new Map<string, Qcow2Header>();
    for (const [index, path] of paths.entries()) {
      const bytes = await readFile(join(folder, String(index))).catch(() => Buffer.alloc(0));
      const header = parseQcow2Header(bytes);
      if (header) headers.set(path, header);
    }
    return headers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
