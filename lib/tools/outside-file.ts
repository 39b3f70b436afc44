import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as z from 'zod';
import { backingPath } from '../model/backing-file';
import type { HostFile } from '../model/host-contents';
import { UserError } from '../model/user-error';
import type { Surroundings } from './process';
import { run } from './process';

const information = z.object({
  format: z.string(),
  'virtual-size': z.number(),
  'actual-size': z.number().optional(),
  'backing-filename': z.string().optional(),
  'full-backing-filename': z.string().optional(),
  'backing-filename-format': z.string().optional(),
});

const MISSING = 'install it (in Debian: apt-get install qemu-utils)';

/**
 * A file of this machine that lies in no storage pool: what `qemu-img info` reads from it, and nothing of its chain.
 *
 * A format that is said is taken as it is, so that a guest's bytes are not read as the header of another one.
 */
export async function outsideFile(
  path: string,
  format: string | undefined,
  surroundings: Surroundings,
): Promise<HostFile> {
  const status = await lookedUp(path);
  if ('code' in status) {
    const said = { path, identity: path, ...(format === undefined ? {} : { format }) };
    if (status.code === 'ENOENT' || status.code === 'ENOTDIR') return { ...said, presence: 'missing' };
    return { ...said, presence: 'unread', reason: `it cannot be read (${status.code})` };
  }
  const known = {
    path,
    identity: `${status.dev}:${status.ino}`,
    mode: status.mode & 0o7777,
    modified: status.mtimeMs / 1000,
    ...(format === undefined ? {} : { format }),
  };
  // A folder stands for a file system, a device for what is on it.
  if (format === 'raw' || status.isDirectory()) {
    return { ...known, presence: 'present', capacity: status.size, allocation: status.blocks * 512 };
  }
  const args = ['info', '-U', '--output=json', ...(format === undefined ? [] : ['-f', format]), path];
  const said = await run('qemu-img', args, { ...surroundings, timeout: 60_000, missing: MISSING }).catch(
    (error: unknown) => {
      if (error instanceof UserError) return { exitCode: 1, stdout: '', stderr: error.message };
      throw error;
    },
  );
  if (said.exitCode !== 0) {
    const reason = said.stderr
      .trim()
      .split('\n')[0]!
      .replace(/^qemu-img: /, '');
    return { ...known, presence: 'unread', reason };
  }
  const info = information.parse(JSON.parse(said.stdout));
  const written = info['full-backing-filename'] ?? info['backing-filename'];
  const present = {
    ...known,
    format: info.format,
    capacity: info['virtual-size'],
    allocation: info['actual-size'] ?? status.blocks * 512,
  };
  if (written === undefined) return { ...present, presence: 'present' };
  const below = backingPath(written);
  if (below === undefined)
    return { ...present, presence: 'unread', reason: `its backing file is ${written}` };
  const backingFormat = info['backing-filename-format'];
  return {
    ...present,
    presence: 'present',
    backing: {
      path: below,
      ...(backingFormat === undefined ? {} : { format: backingFormat }),
    },
  };
}

async function lookedUp(path: string): Promise<Stats | { readonly code: string }> {
  return stat(path).catch(({ code, message }: NodeJS.ErrnoException) => ({ code: code ?? message }));
}
