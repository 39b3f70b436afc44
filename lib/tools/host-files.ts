import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { Surroundings } from './process';
import { run } from './process';

/** A file on a host. */
export interface HostFile {
  readonly content: string;
  readonly executable: boolean;
}

/** The files of the machine that a libvirt URI leads to. */
export interface HostFiles {
  /** A file; `undefined` when there is none at that path. */
  read(path: string): Promise<HostFile | undefined>;
  /** The names of the executable files in a folder; none when there is no such folder. */
  executables(folder: string): Promise<string[]>;
  /** Puts an executable file (mode 0755) in its place, the whole or nothing of it, and makes its folder. */
  write(path: string, content: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
}

/** What a libvirt URI says of where its host is. */
interface Place {
  readonly transport: string;
  readonly user: string;
  readonly host: string;
  readonly port: string;
  readonly keyFile: string | null;
}

/**
 * The files of the host of a libvirt URI: this machine's for `qemu:///system`, over SSH for `qemu+ssh://…`.
 *
 * All of its methods throw a UserError that says what the system or SSH said.
 *
 * @throws UserError when files cannot be reached by the transport of the URI
 */
export function hostFiles(uri: string, surroundings: Surroundings): HostFiles {
  const place = placeOf(uri);
  if (place === undefined)
    throw new UserError(
      `${maskedUri(uri)} is no libvirt URI: write one such as qemu:///system or qemu+ssh://root@host/system`,
    );
  if (isOnThisMachine(uri)) return new LocalFiles();
  if (place.host !== '' && place.transport === 'ssh') return new SshFiles(place, surroundings);
  throw new UserError(
    `the files of ${maskedUri(uri)} cannot be reached: only qemu:///… and qemu+ssh://HOST/… can, so do it on that host itself (regraft hook print writes the hook)`,
  );
}

/** Whether the host of a libvirt URI is this machine, so that its paths are paths here. */
export function isOnThisMachine(uri: string): boolean {
  const place = placeOf(uri);
  return place !== undefined && place.host === '' && ['', 'unix'].includes(place.transport);
}

/** Reads a libvirt URI, `DRIVER[+TRANSPORT]://[USER@][HOST][:PORT]/PATH[?PARAMETERS]`. */
function placeOf(uri: string): Place | undefined {
  const transport = /^[a-z]+(?:\+([a-z0-9]+))?:\/\//.exec(uri);
  if (!transport || !URL.canParse(uri)) return undefined;
  const { username, hostname, port, searchParams } = new URL(uri);
  return {
    transport: transport[1] ?? '',
    user: decodeURIComponent(username),
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    keyFile: searchParams.get('keyfile'),
  };
}

class LocalFiles implements HostFiles {
  async read(path: string): Promise<HostFile | undefined> {
    try {
      const [content, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
      return { content, executable: (mode & 0o111) !== 0 };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw notDone('read', path, error);
    }
  }

  async executables(folder: string): Promise<string[]> {
    try {
      const names = await readdir(folder);
      const found = await Promise.all(names.map((name) => stat(join(folder, name))));
      return names.filter((_, index) => found[index]!.isFile() && (found[index]!.mode & 0o111) !== 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw notDone('read', folder, error);
    }
  }

  async write(path: string, content: string): Promise<void> {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, content, { mode: 0o755 });
    } catch (error) {
      throw notDone('written', path, error);
    }
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw notDone('removed', path, error);
    });
  }
}

function notDone(what: string, path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const hint = code === 'EACCES' || code === 'EPERM' ? ': run regraft as root' : '';
  return new UserError(`${path} cannot be ${what} (${code ?? message})${hint}`);
}

/**
 * The scripts that run on the host. They are constants: what they work on comes on standard input, so that no shell
 * over there takes a word of it for its own. No apostrophe may stand in them, whatever the user's shell is.
 */
const SCRIPTS = {
  read: 'IFS= read -r path; [ -e "$path" ] || { echo missing; exit 0; }; if [ -x "$path" ]; then echo executable; else echo plain; fi; cat -- "$path"',
  executables:
    'IFS= read -r path; for file in "$path"/*; do if [ -f "$file" ] && [ -x "$file" ]; then echo "${file##*/}"; fi; done',
  write:
    'IFS= read -r path; read -r size; umask 022; folder=$(dirname -- "$path"); mkdir -p -- "$folder" || exit 1; new=$(mktemp "$folder/.regraft.XXXXXX") || exit 1; trap "rm -f -- \\"\\$new\\"" EXIT; cat >"$new" || exit 1; [ "$(wc -c <"$new")" -eq "$size" ] || { echo "the content was cut off on the way" >&2; exit 1; }; chmod 755 "$new" && mv -f -- "$new" "$path"',
  remove: 'IFS= read -r path; rm -f -- "$path"',
} as const;

/** How long one call over SSH may take, in milliseconds. */
const TIMEOUT = 60_000;

class SshFiles implements HostFiles {
  constructor(
    private readonly place: Place,
    private readonly surroundings: Surroundings,
  ) {}

  async read(path: string): Promise<HostFile | undefined> {
    const answer = await this.call('read', path);
    const end = answer.indexOf('\n');
    const kind = answer.slice(0, end);
    if (kind === 'missing') return undefined;
    if (kind === 'executable' || kind === 'plain')
      return { content: answer.slice(end + 1), executable: kind === 'executable' };
    throw new UserError(
      `the shell on ${this.place.host} said ${JSON.stringify(answer.slice(0, 60))} before ${path}: silence what its start-up files print`,
    );
  }

  async executables(folder: string): Promise<string[]> {
    return (await this.call('executables', folder)).split('\n').filter((name) => name !== '');
  }

  async write(path: string, content: string): Promise<void> {
    await this.call('write', path, `${Buffer.byteLength(content)}\n${content}`);
  }

  async remove(path: string): Promise<void> {
    await this.call('remove', path);
  }

  private async call(script: keyof typeof SCRIPTS, path: string, input = ''): Promise<string> {
    if (path.includes('\n'))
      throw new UserError(`${JSON.stringify(path)} has a line break: choose another folder`);
    const { host, user, port, keyFile } = this.place;
    const args = [
      ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-T'],
      ...(port === '' ? [] : ['-p', port]),
      ...(keyFile === null ? [] : ['-i', keyFile]),
      ...['--', user === '' ? host : `${user}@${host}`, `sh -c '${SCRIPTS[script]}'`],
    ];
    const { exitCode, stdout, stderr } = await run('ssh', args, {
      ...this.surroundings,
      input: `${path}\n${input}`,
      timeout: TIMEOUT,
      missing: "install OpenSSH's client (in Debian: apt-get install openssh-client)",
    });
    if (exitCode === 0) return stdout;
    const words = stderr.trim().split('\n').at(-1) ?? '';
    throw new UserError(
      exitCode === 255
        ? `no SSH connection to ${host}: ${words || 'ssh said nothing'}; see that "ssh ${user === '' ? host : `${user}@${host}`}" works without a password`
        : `${path} on ${host}: ${words || `exit code ${exitCode}`}`,
    );
  }
}
