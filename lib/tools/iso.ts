import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../model/user-error';
import type { Ended, Surroundings } from './process';
import { run } from './process';

/** The programs that write an ISO 9660 file system, and how each is called as mkisofs is. */
const WRITERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ['genisoimage'],
  ['mkisofs'],
  ['xorriso', '-as', 'mkisofs'],
];

const MISSING = 'install genisoimage, mkisofs or xorriso (in Debian: apt-get install genisoimage)';

/** What NoCloud reads: cloud-init finds its medium by this volume label. */
const LABEL = 'cidata';

/**
 * Makes a medium of cloud-init's data source NoCloud and gives its file to `use`; it is gone afterwards.
 *
 * @param files the content by name: `user-data`, `meta-data` and, optionally, `network-config`
 * @throws UserError when no program for it is there, or it fails
 */
export async function withCloudInitIso<Result>(
  files: Readonly<Record<string, string>>,
  surroundings: Surroundings,
  use: (file: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'regraft-iso-'));
  try {
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content, { mode: 0o600 });
    const iso = join(folder, 'medium.iso');
    const names = Object.keys(files).map((name) => join(folder, name));
    await write(['-quiet', '-output', iso, '-volid', LABEL, '-joliet', '-rock', ...names], surroundings);
    return await use(iso);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(args: readonly string[], surroundings: Surroundings): Promise<void> {
  for (const [program, ...before] of WRITERS) {
    const ended = await startedOf(program, [...before, ...args], surroundings);
    if (ended === undefined) continue;
    if (ended.exitCode === 0) return;
    throw new UserError(`${program} does not write the cloud-init medium: ${ended.stderr.trim()}`);
  }
  throw new UserError(`a cloud-init medium cannot be made: ${MISSING}`);
}

/** How a program ended; `undefined` when it is not installed. */
function startedOf(
  program: string,
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Ended | undefined> {
  return run(program, args, { ...surroundings, timeout: 60_000, missing: MISSING }).catch(
    (error: unknown) => {
      if (error instanceof UserError && error.message.startsWith('there is no program')) return undefined;
      throw error;
    },
  );
}
