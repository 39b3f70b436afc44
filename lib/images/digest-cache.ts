import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { BigIntStats } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';

/** The digests of local images that were computed before, each for the very file that it was computed of. */
const FILE = 'digests.json';

/** More entries than a user has images; older ones are computed again. */
const MOST = 500;

/** Where regraft keeps what it can compute again: `$XDG_CACHE_HOME/regraft`, else `~/.cache/regraft`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_CACHE_HOME'];
  // The XDG base directory specification: a path that is not absolute is to be ignored.
  const root = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache');
  return join(root, 'regraft');
}

/** The digest that was computed of a file, as long as path, size, inode and times are the same. */
export function cachedDigest(path: string, stats: BigIntStats, env: NodeJS.ProcessEnv): string | undefined {
  const entry = read(env)[path];
  return entry?.file === identityOf(stats) ? entry.sha256 : undefined;
}

/** Notes a digest; a cache that cannot be written costs time, and nothing else. */
export function noteDigest(path: string, stats: BigIntStats, sha256: string, env: NodeJS.ProcessEnv): void {
  const { [path]: _, ...others } = read(env);
  const entries = Object.entries({ ...others, [path]: { file: identityOf(stats), sha256 } });
  const file = join(cacheFolder(env), FILE);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileAtomic.sync(file, JSON.stringify(Object.fromEntries(entries.slice(-MOST)), null, 1));
  } catch {
    // A home that is read-only or not there, as in many a container.
  }
}

/** What tells one state of a file from another; the time of the last change of its inode cannot be set by a user. */
function identityOf({ size, mtimeNs, ctimeNs, ino, dev }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino, dev].join(' ');
}

type Entries = Record<string, { readonly file: string; readonly sha256: string }>;

function read(env: NodeJS.ProcessEnv): Entries {
  try {
    const found: unknown = JSON.parse(readFileSync(join(cacheFolder(env), FILE), 'utf8'));
    return typeof found === 'object' && found !== null ? (found as Entries) : {};
  } catch {
    return {};
  }
}
