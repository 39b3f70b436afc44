import { randomUUID } from 'node:crypto';
import { UserError } from '../model/user-error';
import type { CommandOptions, Connection } from './connection';
import type { Ended, Surroundings } from './process';
import { run, runInteractive } from './process';

/** How long one command, or a batch of them, may take unless it says so, in milliseconds. */
export const TIMEOUT = 60_000;

/** What to do where there is no virsh. */
export const MISSING = "install libvirt's clients (in Debian: apt-get install libvirt-clients)";

/** Linux takes 128 KiB for one argument. */
const MAX_SCRIPT = 100_000;

/** libvirt is not there, or went away; what it was asked may be done or not, and it may come back soon. */
export class LostConnection extends UserError {}

/** One libvirt connection with a process a command, or a process a batch. */
export class VirshConnection implements Connection {
  readonly persistent = false;

  constructor(
    readonly uri: string,
    private readonly surroundings: Surroundings,
    /** The locale of virsh, which prints what is not ASCII in tables (`vol-list`) only where this can hold it. */
    private readonly locale = 'C',
  ) {}

  /**
   * Runs one command in a virsh of its own and returns what it printed.
   *
   * @throws UserError with libvirt's own words when it fails
   */
  async command(words: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { stdout, stderr, exitCode } = await this.virsh(words, options);
    if (exitCode === 0) return stdout;
    throw failure(stderr, `virsh ${words[0]} ended with exit code ${exitCode}`);
  }

  /**
   * Runs commands over few connections; the answer of one that fails is empty.
   *
   * @throws UserError when libvirt is not reachable, or goes away meanwhile
   */
  async batch(commands: readonly (readonly string[])[]): Promise<string[]> {
    const answers: string[] = [];
    for (const some of portions(commands, MAX_SCRIPT)) {
      const connected = await this.connect(some);
      // An answer that is empty for this reason says nothing of what was asked.
      if (isLost(connected.stderr)) throw failure(connected.stderr);
      answers.push(...connected.answers);
    }
    return answers;
  }

  /**
   * Runs commands over one connection and returns what each printed.
   *
   * @throws UserError with libvirt's own words when one fails
   */
  async must(...commands: (readonly string[])[]): Promise<string[]> {
    const { answers, stderr, exitCode } = await this.connect(commands);
    if (exitCode === 0 && stderr.trim() === '') return answers;
    throw failure(stderr, `virsh ended with exit code ${exitCode}`);
  }

  private async connect(
    commands: readonly (readonly string[])[],
  ): Promise<Omit<Ended, 'stdout'> & { answers: string[] }> {
    if (commands.length === 0) return { answers: [], stderr: '', exitCode: 0 };
    const mark = `mark-${randomUUID()}`;
    const script = commands.map((command) => `echo ${mark}; ${command.map(quoted).join(' ')}`).join('; ');
    const { stdout, stderr, exitCode } = await this.virsh([script]);
    const answers = stdout.split(mark).slice(1);
    // Without a connection not even the marks are said.
    if (answers.length < commands.length) throw failure(stderr);
    return { answers, stderr, exitCode };
  }

  /**
   * Gives the terminal to one command until it ends, and returns its exit code.
   *
   * @throws UserError when there is no virsh
   */
  interactive(words: readonly string[]): Promise<number> {
    return runInteractive('virsh', ['-c', this.uri, ...words], { ...this.surroundings, missing: MISSING });
  }

  private virsh(words: readonly string[], { timeout = TIMEOUT }: CommandOptions = {}): Promise<Ended> {
    return run('virsh', ['-q', '-c', this.uri, ...words], {
      ...this.surroundings,
      env: { ...this.surroundings.env, LC_ALL: this.locale, LANGUAGE: 'C' },
      timeout,
      missing: MISSING,
    });
  }
}

/** The lines of a text that say something. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What virsh (`virshConnect`, `virshCatchDisconnect`) and libvirt's RPC client say when nobody is at the other end. */
export function isLost(stderr: string): boolean {
  return /[Ff]ailed to (?:re)?connect to the hypervisor|^error: Disconnected from |End of file while reading data|client socket is closed|Cannot (?:recv|write) data/m.test(
    stderr,
  );
}

/** Trouble that does not pass by itself. */
const LASTING =
  /denied|authenti|no connection driver|not recognised|unable to parse|host key|could not resolve/i;

/** What libvirt says as an error; a {@link LostConnection} where it may come back. */
export function failure(stderr: string, otherwise = 'virsh said nothing'): UserError {
  const said = libvirtWords(stderr);
  const words = said || otherwise;
  // A connection that ends while virsh writes to it ends virsh (SIGPIPE) before it can say a word.
  const lost = said === '' || isLost(stderr);
  return lost && !LASTING.test(words) ? new LostConnection(words) : new UserError(words);
}

function libvirtWords(stderr: string): string {
  const words = lines(stderr)
    .map((line) => line.replace(/^error: /, ''))
    .filter((line) => !/^failed to (?:re)?connect to the hypervisor$/i.test(line));
  // Each command of a batch says it anew.
  return [...new Set(words)].join('; ');
}

/** A word in virsh's own syntax, where a backslash takes the meaning from any character in double quotes. */
export function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}

/** Commands in portions of about so many characters. */
export function portions(commands: readonly (readonly string[])[], most: number): (readonly string[])[][] {
  const found: (readonly string[])[][] = [];
  let size = most;
  for (const command of commands) {
    const length = 60 + command.join('   ').length * 2;
    if (size + length > most) {
      found.push([]);
      size = 0;
    }
    size += length;
    found.at(-1)!.push(command);
  }
  return found;
}
