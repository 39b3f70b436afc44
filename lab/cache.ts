import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of all that setup builds: provider, kernel, guest images. */
export function cacheFolder(): string {
  const { REGRAFT_CACHE, XDG_CACHE_HOME } = process.env;
  return REGRAFT_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'regraft');
}
