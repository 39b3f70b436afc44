import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { requireLabTools } from './requirements';
import { writeSettings } from './settings';
import { sweep } from './sweep';

const run = promisify(execFile);

/** How a lab is started. */
export interface LabOptions {
  /**
   * A word that shows in the lab's directory and host name.
   * @default 'lab'
   */
  readonly name?: string;
  /**
   * A folder for storage pools, on a file system of the caller's.
   * @default - one in the lab's directory
   */
  readonly pools?: string;
}

/** A private libvirt: daemons, directories, sockets, hooks and networks of its own, gone without a trace when it stops. */
export class Lab {
  /** Starts a lab and waits until its libvirtd answers. */
  static async start(options: LabOptions = {}): Promise<Lab> {
    const name = options.name ?? 'lab';
    if (!/^[a-z0-9-]{1,20}$/.test(name)) {
      throw new Error(
        `a lab's name is 1 to 20 of a-z, 0-9 and '-', found '${name}'; choose a shorter or plainer one`,
      );
    }
    await requireLabTools();
    await sweep();
    // Not os.tmpdir(): a UNIX socket's path has room for 107 characters, a long TMPDIR would not leave enough.
    const directory = await mkdtemp(`/tmp/regraft-${name}-`);
    await writeSettings(directory);
    const supervisor = spawn('bash', [join(__dirname, 'supervisor.sh'), directory], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const lab = new Lab(directory, supervisor, options.pools ?? join(directory, 'pools'));
    try {
      await lab.reply('started');
      await lab.virsh('version');
    } catch (error) {
      const log = await lab.log();
      await lab.stop();
      throw new Error(`the lab did not start: ${(error as Error).message}\n${log}`.trim(), { cause: error });
    }
    return lab;
  }

  /** The connection URI, for virsh and for both generations of the Terraform provider. */
  readonly uri: string;
  /** A folder for the serial logs of machines, at the same path inside and outside of the lab. */
  readonly consoleLogs: string;
  /** The folder of libvirt's hooks; `qemu.d` in it is made already. */
  readonly hooks: string;

  private readonly replies: AsyncIterator<string>;
  private readonly ended: Promise<unknown>;
  private complaints = '';

  private constructor(
    /** The lab's directory; everything that the lab writes is in it. */
    readonly directory: string,
    private readonly supervisor: ChildProcess,
    /** A folder for storage pools. */
    readonly pools: string,
  ) {
    const socket = join(directory, 'run/libvirt/libvirt-sock');
    this.uri = `qemu:///system?socket=${socket.split('/').map(encodeURIComponent).join('/')}`;
    this.consoleLogs = join(directory, 'console');
    this.hooks = join(directory, 'etc/hooks');
    this.ended = once(supervisor, 'exit');
    this.replies = createInterface({ input: supervisor.stdout! })[Symbol.asyncIterator]();
    supervisor.stderr!.setEncoding('utf8').on('data', (text: string) => (this.complaints += text));
    // A command written to a lab that has just died is reported by the missing reply.
    supervisor.stdin!.on('error', () => undefined);
    // A program that forgets stop() ends all the same, and the lab with it.
    this.keepAlive(false);
  }

  /** Runs virsh against this lab and returns its standard output; throws with virsh's own words when it fails. */
  async virsh(...args: string[]): Promise<string> {
    try {
      const { stdout } = await run('virsh', ['-q', '-c', this.uri, ...args], { maxBuffer: 64 * 1024 * 1024 });
      return stdout;
    } catch (error) {
      const words = (error as { stderr?: string }).stderr?.trim();
      throw new Error(`virsh ${args.join(' ')}: ${words || (error as Error).message}`, { cause: error });
    }
  }

  /** Ends libvirtd with a signal while the machines go on, as in a crash; {@link startLibvirtd} brings it back. */
  async killLibvirtd(signal: 'KILL' | 'TERM' = 'KILL'): Promise<void> {
    this.supervisor.stdin!.write(`stop-libvirtd ${signal}\n`);
    await this.reply('stopped');
  }

  /** Starts libvirtd again after {@link killLibvirtd} and waits until it answers. */
  async startLibvirtd(): Promise<void> {
    this.supervisor.stdin!.write('start-libvirtd\n');
    await this.reply('started');
    await this.virsh('version');
  }

  /** Kills libvirtd and starts it again; running machines survive. */
  async restartLibvirtd(): Promise<void> {
    await this.killLibvirtd();
    await this.startLibvirtd();
  }

  /** What the lab's daemons said, for the message of a test that failed. */
  async log(): Promise<string> {
    const files = ['inside', 'virtlogd', 'libvirtd'].map((file) => join(this.directory, `log/${file}.log`));
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    return [this.complaints, ...texts].join('').trim();
  }

  /** Ends the daemons and every machine of the lab, and removes its directory; to call it twice does no harm. */
  async stop(): Promise<void> {
    this.keepAlive(true);
    this.supervisor.stdin!.end();
    await this.ended;
    // The supervisor has done this, unless somebody killed it.
    await rm(this.directory, { recursive: true, force: true });
  }

  private async reply(expected: string): Promise<void> {
    this.keepAlive(true);
    const { value, done } = await this.replies.next();
    this.keepAlive(false);
    if (done) throw new Error(`the lab ended before it said '${expected}'; start a new one`);
    if (!(value as string).startsWith(expected)) throw new Error(`the lab ${value as string}`);
  }

  private keepAlive(on: boolean): void {
    const { stdin, stdout, stderr } = this.supervisor;
    for (const handle of [this.supervisor, stdin, stdout, stderr] as unknown as {
      ref(): void;
      unref(): void;
    }[]) {
      if (on) handle.ref();
      else handle.unref();
    }
  }
}
