import { UserError } from '../model/user-error';
import type { FileEnd, HostFile, HostFiles } from './host-files';
import type { HostPlace } from './host-place';
import type { Surroundings } from './process';
import { run } from './process';

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
  end: 'IFS= read -r path; read -r from; read -r most; [ -e "$path" ] || { echo 0; exit 0; }; size=$(wc -c <"$path") || exit 1; size=$((size)); [ "$size" -ge "$from" ] || from=0; [ $((size - from)) -le "$most" ] || from=$((size - most)); echo "$size"; tail -c +$((from + 1)) -- "$path" | head -c $((size - from))',
} as const;

/** How long one call over SSH may take, in milliseconds. */
const TIMEOUT = 60_000;

/** The files of a host over SSH. */
export class SshFiles implements HostFiles {
  constructor(
    private readonly place: HostPlace,
    private readonly surroundings: Surroundings,
  ) {}

  async read(path: string): Promise<HostFile | undefined> {
    const answer = await this.call('read', path);
    const end = answer.indexOf('\n');
    const kind = answer.slice(0, end);
    if (kind === 'missing') return undefined;
    if (kind === 'executable' || kind === 'plain')
      return { content: answer.slice(end + 1), executable: kind === 'executable' };
    throw this.loud(answer, path);
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

  async end(path: string, from: number, most: number): Promise<FileEnd> {
    const answer = await this.call('end', path, `${from}\n${most}\n`);
    const end = answer.indexOf('\n');
    const size = answer.slice(0, end);
    if (!/^\d+$/.test(size)) throw this.loud(size, path);
    return { size: Number(size), text: answer.slice(end + 1) };
  }

  /** Something else speaks where only an answer should be. */
  private loud(said: string, path: string): UserError {
    return new UserError(
      `the shell on ${this.place.host} said ${JSON.stringify(said.slice(0, 60))} before ${path}: silence what its start-up files print`,
    );
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
