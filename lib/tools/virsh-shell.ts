import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { UserError } from '../model/user-error';
import { TaggedOutput } from './tagged-output';
import type { Surroundings } from './process';
import { kill, notStarted } from './process';
import { failure, isLost, MISSING, quoted } from './virsh-connection';

/** What commands have said. */
export interface Said {
  /** What each printed. */
  readonly answers: readonly string[];
  /** What all of them wrote to standard error. */
  readonly stderr: string;
}

/** Commands that are under way. */
interface Errand {
  readonly stdout: TaggedOutput;
  readonly stderr: TaggedOutput;
  readonly done: () => void;
}

/**
 * One `virsh` that stays and is fed on its standard input.
 *
 * It has a session of its own, so that a Ctrl-C on the terminal does not reach it, and it ends with its standard input,
 * which the kernel closes even when this process is killed. It gets one errand at a time, because what already stands in
 * the pipe would still be done then.
 */
export class VirshShell {
  /**
   * Starts one and waits until it is connected.
   *
   * @throws UserError with libvirt's own words, or when there is no virsh
   */
  static async start(uri: string, surroundings: Surroundings, timeout: number): Promise<VirshShell> {
    const shell = new VirshShell(uri, surroundings);
    // Whatever asks for a password first gets this line instead of a command.
    await shell.ask([], timeout);
    return shell;
  }

  private readonly child: ChildProcessWithoutNullStreams;
  private errand: Errand | undefined;
  private trouble: UserError | undefined;
  private over = false;
  private lost = false;

  private constructor(
    uri: string,
    private readonly surroundings: Surroundings,
  ) {
    this.child = spawn('virsh', ['-q', '-c', uri], {
      env: environment(surroundings.env, uri),
      detached: true,
    });
    this.child.stdout.on('data', (bytes: Buffer) => this.take('stdout', bytes));
    this.child.stderr.on('data', (bytes: Buffer) => this.take('stderr', bytes));
    // It is told by the end of the process.
    this.child.stdin.on('error', () => undefined);
    this.child.on('error', ({ code }: NodeJS.ErrnoException) => {
      this.trouble = notStarted('virsh', code, MISSING);
      this.ended();
    });
    this.child.on('close', () => this.ended());
  }

  /** Whether it can be asked again. */
  get usable(): boolean {
    return !this.over && !this.lost;
  }

  /**
   * Runs commands one after the other, whether or not one of them fails.
   *
   * @param timeout milliseconds after which it is ended
   * @throws UserError when it does not know a command, when they take too long, or when it was interrupted
   * @throws LostConnection when libvirt is not reachable or virsh ends
   */
  async ask(commands: readonly (readonly string[])[], timeout: number): Promise<Said> {
    const { signal } = this.surroundings;
    signal?.throwIfAborted();
    // Its echo of what it reads holds the quotes, and so no mark. readline reads every byte by itself: marks are short.
    const key = randomBytes(6).toString('base64url');
    const mark = (name: string): string => `${name}'${key}'`;
    const script = commands.map((words) => `echo ${mark('next')}; ${words.map(quoted).join(' ')}; `).join('');
    const stdout = new TaggedOutput(`end${key}`);
    const stderr = new TaggedOutput(`end${key}\n`);
    const interrupt = (): void => kill(this.child.pid, 'SIGINT');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      kill(this.child.pid, 'SIGKILL');
    }, timeout);
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      await new Promise<void>((done) => {
        this.errand = { stdout, stderr, done };
        if (this.over) return done();
        // A line that virsh does not understand is dropped whole, so what ends the errand is a line of its own.
        this.child.stdin.write(
          `echo --err ${mark('begin')}\n${script}echo ${mark('next')}\necho ${mark('end')}; echo --err ${mark('end')}\n`,
        );
      });
    } finally {
      this.errand = undefined;
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
    }
    signal?.throwIfAborted();
    if (late) throw new UserError(`virsh ${commands[0]?.[0] ?? ''} did not end within ${timeout / 1000} s`);
    if (this.trouble) throw this.trouble;
    // What was said before is not about these commands, such as that libvirtd was restarted meanwhile.
    const words = stderr.text.split(`begin${key}\n`).at(-1)!;
    const errors = words.replace(`error: end${key}\n`, '').replace(NOT_AN_ERROR, '');
    if (isLost(errors)) this.lost = true;
    if (!stderr.complete) throw failure(errors, 'virsh ended');
    const answers = stdout.text.split(`next${key}`).slice(1, -1);
    if (answers.length < commands.length) throw failure(errors);
    return { answers, stderr: errors };
  }

  /** Ends it at once, whatever it does, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.over) return;
    this.over = true;
    const gone = once(this.child, 'close');
    // By a signal, since at the end of its input it would write its lines into the user's history.
    kill(this.child.pid, 'SIGKILL');
    await gone;
  }

  private take(from: 'stdout' | 'stderr', bytes: Buffer): void {
    if (!this.errand) return;
    this.errand[from].add(bytes);
    if (this.errand.stdout.complete && this.errand.stderr.complete) this.errand.done();
  }

  private ended(): void {
    this.over = true;
    this.errand?.done();
  }
}

/**
 * What virsh says when it has found libvirt again by itself (`virshReconnect`), before it runs the command, and when it
 * ends and may not write its history.
 */
const NOT_AN_ERROR = /^error: (?:Reconnected to the hypervisor|Failed to create '\/dev\/null\/.*)\n/gm;

/**
 * The environment of a virsh that reads its commands with readline: no key bindings of the user's, no terminal codes,
 * names that are not ASCII as they are.
 */
function environment(env: NodeJS.ProcessEnv, uri: string): NodeJS.ProcessEnv {
  return {
    ...env,
    LC_ALL: 'C.UTF-8',
    LANGUAGE: 'C',
    TERM: 'dumb',
    INPUTRC: '/dev/null',
    // Where it would put its history when its input ends. A libvirtd of the user's, which virsh may start, needs it.
    ...(/^[^?]*\/session\b/.test(uri) ? {} : { XDG_CACHE_HOME: '/dev/null' }),
  };
}
