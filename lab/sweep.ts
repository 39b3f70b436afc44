import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const folder = '/tmp';
const pattern = /^regraft-[a-z0-9-]{1,20}-[A-Za-z0-9]{6}$/;

/** The directories that running processes were given as an argument: labs in use are among them. */
async function arguments_(): Promise<Set<string>> {
  const used = new Set<string>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    for (const word of line.split('\0')) used.add(word);
  }
  return used;
}

/** Removes the directories of labs whose parent and supervisor were both killed, the one case that leaves anything. */
export async function sweep(): Promise<void> {
  const old: string[] = [];
  for (const name of await readdir(folder)) {
    if (!pattern.test(name)) continue;
    const path = join(folder, name);
    // A user's project or a test's own folder may have such a name, too, and be in use by nobody's arguments.
    const found = await stat(join(path, 'etc/libvirtd.conf')).then(
      () => stat(path),
      () => undefined,
    );
    // A minute of grace: a lab's directory is made a moment before its supervisor.
    if (found?.isDirectory() && found.uid === 0 && Date.now() - found.ctimeMs > 60_000) old.push(path);
  }
  if (old.length === 0) return;
  const used = await arguments_();
  for (const path of old) if (!used.has(path)) await rm(path, { recursive: true, force: true });
}
