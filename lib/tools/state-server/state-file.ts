import { link, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../model/user-error';
import type { Refusal, Terraform } from '../terraform';
import type { HeldLock } from '../terraform-lock';

/** The endings of the two files that take turns beside a state. */
const TURNS = ['regraft-a', 'regraft-b'] as const;

/**
 * The file of a local state, locked as Terraform's own local backend locks it, and replaced in one step at each write.
 *
 * That lock (`fcntl`, `internal/states/statemgr/filesystem_lock_unix.go`) is one on the file that the name stands for
 * at the moment. A new file under the name would be free, so two files take turns: both are locked all the time, the
 * one that the name does not stand for is written, and then gets the name as a further hard link.
 */
export class StateFile {
  /**
   * Locks the file of a state; returns what Terraform said when somebody else has it.
   *
   * @throws UserError when the file is no state, or when its folder cannot hold two names of one file
   */
  static async lock(path: string, terraform: Terraform): Promise<StateFile | Refusal> {
    const real = await realpath(path).catch(() => path);
    const first = await terraform.holdFile(real);
    if (!('release' in first)) return first;
    const locks = [first];
    const turns = TURNS.map((ending) => join(dirname(real), `.${basename(real)}.${ending}`));
    try {
      for (const turn of turns) await rm(turn, { force: true });
      await link(real, turns[0]!);
      const { mode, uid, gid } = await stat(real);
      await (await open(turns[1]!, 'wx', 0o600)).close();
      const second = await terraform.holdFile(turns[1]!);
      if (!('release' in second)) throw new UserError(`${turns[1]} cannot be locked: ${second.error}`);
      locks.push(second);
      const file = await open(turns[1]!, 'r+');
      await file.chmod(mode & 0o777);
      await file.chown(uid, gid).catch(() => undefined);
      await file.close();
      return new StateFile(real, await readFile(real, 'utf8'), turns, locks);
    } catch (error) {
      await clear(turns, locks);
      if (error instanceof UserError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new UserError(
        `the state ${real} cannot be served (${code}): its folder must be writable and know hard links, or use --state-server never`,
      );
    }
  }

  private current = 0;

  private constructor(
    readonly path: string,
    /** What it held when it was locked; empty when there was no state. */
    readonly text: string,
    private readonly turns: readonly string[],
    private readonly locks: readonly HeldLock[],
  ) {}

  /** The lock lasts for as long as any process has one of these file descriptors open. */
  get lockedBy(): number[] {
    return this.locks.map(({ fd }) => fd);
  }

  /** Replaces the state; when it returns, the new one is on disk. A kill at any moment leaves the old one or the new one. */
  async write(text: string): Promise<void> {
    const next = 1 - this.current;
    const turn = this.turns[next]!;
    const file = await open(turn, 'r+');
    try {
      await file.truncate(0);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    const name = `${turn}.new`;
    await rm(name, { force: true });
    await link(turn, name);
    await rename(name, this.path);
    this.current = next;
    const folder = await open(dirname(this.path));
    await folder.sync().finally(() => folder.close());
  }

  /** Gives the lock up. */
  async release(): Promise<void> {
    await clear(this.turns, this.locks);
  }
}

async function clear(turns: readonly string[], locks: readonly HeldLock[]): Promise<void> {
  for (const lock of locks) await lock.release();
  for (const turn of turns) await rm(turn, { force: true });
}
