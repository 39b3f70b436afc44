import type { FileHandle } from 'node:fs/promises';
import { constants, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, Ended } from './process';
import { run } from './process';

/** A lock that is held until it is released. */
export interface HeldLock {
  /** A file descriptor: the lock stays for as long as any process has it open. */
  readonly fd: number;
  release(): Promise<void>;
}

/**
 * Holds the lock of a state; returns how Terraform ended when it did not get it.
 *
 * `terraform console` holds it for as long as it runs. It is asked for the content of a pipe: that it reads there tells
 * that it has the lock, and it waits until the pipe is closed, which the end of this process does too.
 *
 * @param stateFile the local file whose lock it is, whatever the folder says. @default - the folder's own state
 */
export async function holdLock(program: string, call: Call, stateFile?: string): Promise<HeldLock | Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'regraft-lock-'));
  const pipe = join(folder, 'pipe');
  try {
    await run('mkfifo', ['-m', '600', pipe], { env: call.env, missing: 'install coreutils' });
    let ended: Ended | undefined;
    const args = ['console', ...(stateFile === undefined ? [] : [`-state=${stateFile}`])];
    const place = stateFile === undefined ? {} : { folder };
    const console = run(program, args, { ...call, ...place, input: `file(${JSON.stringify(pipe)})\n` });
    const end = console.then((how) => (ended = how));
    // Who waits for it below learns of a failure.
    end.catch(() => (ended ??= { exitCode: 1, stdout: '', stderr: '' }));
    for (;;) {
      const writer = await writerOf(pipe);
      if (writer) {
        return {
          fd: writer.fd,
          release: async () => {
            await writer.close();
            await end;
            await rm(folder, { recursive: true, force: true });
          },
        };
      }
      if (ended) {
        const how = await end;
        await rm(folder, { recursive: true, force: true });
        return { ...how, exitCode: how.exitCode || 1 };
      }
      await sleep(50);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The pipe, opened for writing; `undefined` as long as nobody reads. */
async function writerOf(pipe: string): Promise<FileHandle | undefined> {
  try {
    return await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined;
    throw error;
  }
}
