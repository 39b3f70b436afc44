import { UserError } from '../model/user-error';
import type { CommandOptions, Connection } from './connection';
import type { Surroundings } from './process';
import { failure, isLost, portions, TIMEOUT, VirshConnection } from './virsh-connection';
import type { Said } from './virsh-shell';
import { VirshShell } from './virsh-shell';

/** readline is as slow with long lines as with short ones; what waits meanwhile is served sooner after a short one. */
const MAX_LINE = 4000;

/** One libvirt connection over a few processes of virsh that stay; {@link close} ends them. */
export class VirshShells implements Connection {
  readonly persistent = true;

  private readonly idle: VirshShell[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly single: VirshConnection;
  private busy = 0;
  private closing: Promise<void> | undefined;
  private quiet = (): void => undefined;

  /**
   * @param size how many processes there are at most
   * @param timeout milliseconds that a command may take which says nothing of it; one that may take longer gets a
   * process of its own, so that it holds up no other
   */
  constructor(
    readonly uri: string,
    private readonly surroundings: Surroundings,
    private readonly size = 2,
    private readonly timeout = TIMEOUT,
  ) {
    this.single = new VirshConnection(uri, surroundings, 'C.UTF-8');
  }

  /**
   * Runs one command and returns what it printed.
   *
   * virsh does not tell how a command ended: one that writes an error has failed.
   *
   * @throws UserError with libvirt's own words when it fails
   */
  async command(words: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { timeout = this.timeout } = options;
    if (timeout > this.timeout) {
      refuseUnprintable([words]);
      return this.single.command(words, options);
    }
    const { answers, stderr } = await this.ask([words], timeout);
    if (isError(stderr)) throw failure(stderr);
    return answers[0]!;
  }

  async batch(commands: readonly (readonly string[])[]): Promise<string[]> {
    refuseUnprintable(commands);
    const answers: string[] = [];
    for (const some of portions(commands, MAX_LINE)) {
      const said = await this.ask(some, this.timeout);
      // An answer that is empty for this reason says nothing of what was asked.
      if (isLost(said.stderr)) throw failure(said.stderr);
      answers.push(...said.answers);
    }
    return answers;
  }

  async must(...commands: (readonly string[])[]): Promise<string[]> {
    const { answers, stderr } = await this.ask(commands, this.timeout);
    if (isError(stderr)) throw failure(stderr);
    return [...answers];
  }

  interactive(words: readonly string[]): Promise<number> {
    return this.single.interactive(words);
  }

  /** Ends the processes when nothing is under way any more; whatever is asked later is refused. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.busy > 0) await new Promise<void>((quiet) => (this.quiet = quiet));
    await Promise.all(this.idle.splice(0).map((shell) => shell.end()));
  }

  private async ask(commands: readonly (readonly string[])[], timeout: number): Promise<Said> {
    refuseUnprintable(commands);
    if (commands.length === 0) return { answers: [], stderr: '' };
    if (this.closing) throw new UserError('the connection to libvirt is closed: start the command again');
    if (this.busy >= this.size) await new Promise<void>((turn) => this.waiting.push(turn));
    else this.busy += 1;
    try {
      const shell = await this.shell(timeout);
      try {
        return await shell.ask(commands, timeout);
      } finally {
        if (shell.usable) this.idle.push(shell);
        else await shell.end();
      }
    } finally {
      this.next();
    }
  }

  private async shell(timeout: number): Promise<VirshShell> {
    let shell: VirshShell | undefined;
    while ((shell = this.idle.pop())) if (shell.usable) return shell;
    return VirshShell.start(this.uri, this.surroundings, timeout);
  }

  /** Gives the turn to whoever has waited longest. */
  private next(): void {
    const turn = this.waiting.shift();
    if (turn) return turn();
    this.busy -= 1;
    if (this.busy === 0) this.quiet();
  }
}

function isError(stderr: string): boolean {
  return /^error: /m.test(stderr);
}

/** readline would act on a control character: a tab completes, a newline ends the command. */
function refuseUnprintable(commands: readonly (readonly string[])[]): void {
  for (const word of commands.flat()) {
    if (!/[\p{Cc}\p{Cs}]/u.test(word)) continue;
    throw new UserError(
      `virsh cannot be told ${JSON.stringify(word)}: it has a control character or is no valid Unicode; rename what is called so`,
    );
  }
}
