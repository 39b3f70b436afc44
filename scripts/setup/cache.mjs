// The cache folder: everything that setup builds, keyed by a digest of what it was built from.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const building = '.building-';

/** The folder of all that setup builds: provider, kernel package, guest images. */
export function cacheFolder() {
  const { REGRAFT_CACHE, XDG_CACHE_HOME } = process.env;
  return REGRAFT_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'regraft');
}

/** The place of what is built from `inputs` (strings or buffers), whether it is there or not. */
export function cachePlace(kind, inputs) {
  const hash = createHash('sha256');
  // With their lengths, so that moving a byte from one input to the next is another digest.
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:`).update(input);
  return join(cacheFolder(), `${kind}-${hash.digest('hex').slice(0, 16)}`);
}

/** The place of what is built from `inputs`; when it is not there, `build` makes it in a folder that then takes its place. */
export async function cached(kind, inputs, build) {
  const place = cachePlace(kind, inputs);
  if (existsSync(place)) return { place, found: true };
  mkdirSync(cacheFolder(), { recursive: true });
  removeAbandoned();
  const work = mkdtempSync(join(cacheFolder(), building));
  try {
    await build(work);
    renameSync(work, place);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // Another setup was quicker; what it made is as good.
    if (!existsSync(place)) throw error;
  }
  return { place, found: false };
}

/** Removes what setups that were killed have left. */
function removeAbandoned() {
  for (const name of readdirSync(cacheFolder())) {
    const path = join(cacheFolder(), name);
    const hours = (Date.now() - statSync(path).mtimeMs) / 3_600_000;
    if (name.startsWith(building) && hours > 24) rmSync(path, { recursive: true, force: true });
  }
}
