import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';

/** No more than so many bytes at the end of a log are read. */
const MOST = 2 ** 20;

/** What a machine has said on its serial console, from the file that libvirt writes on the host. */
export class ConsoleLog {
  /**
   * The log of a clone in the folder that its pool's `consoleLogs` names.
   *
   * @throws UserError when the host is another machine than this one
   */
  static of(uri: string, folder: string, clone: string): ConsoleLog {
    const file = `${folder}/${clone}.log`;
    if (/^[^:]+:\/\/[/?]/.test(uri)) return new ConsoleLog(file);
    throw new UserError(
      `the console of ${clone} is written to ${file} on the host of ${maskedUri(uri)}, and console logs of remote hosts are not read: run regraft on that host, or use another check than the console`,
    );
  }

  private constructor(readonly file: string) {}

  /**
   * Where the log ends now, in bytes; what comes after it is said from now on.
   *
   * @throws UserError when the log may not be read
   */
  async mark(): Promise<number> {
    return this.opened(async (handle) => (await handle.stat()).size, 0);
  }

  /**
   * What was said since a mark, at most the last MiB of it, without escape sequences and control characters.
   *
   * A log that is shorter than the mark was rotated or truncated, and is read from its start.
   *
   * @throws UserError when the log may not be read
   */
  async since(mark: number): Promise<string> {
    return this.opened(async (handle) => {
      const { size } = await handle.stat();
      const start = Math.max(size < mark ? 0 : mark, size - MOST);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
      return readable(buffer.subarray(0, bytesRead).toString('utf8'));
    }, '');
  }

  /**
   * The last lines since a mark that say something, without escape sequences and control characters.
   *
   * @throws UserError when the log may not be read
   */
  async tail(lines: number, mark = 0): Promise<string[]> {
    return lastLines(await this.since(mark), lines);
  }

  private async opened<Found>(read: (handle: FileHandle) => Promise<Found>, none: Found): Promise<Found> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.file);
      return await read(handle);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Nothing has been said yet.
      if (code === 'ENOENT') return none;
      throw new UserError(
        `the console log ${this.file} cannot be read (${code ?? (error as Error).message}): run regraft as a user who may read it`,
      );
    } finally {
      await handle?.close();
    }
  }
}

/** The last lines of a text that say something. */
export function lastLines(text: string, lines: number): string[] {
  const said = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return lines < 1 ? [] : said.slice(-lines);
}

/** A text as it is read on a screen: without escape sequences and control characters other than line ends and tabs. */
export function readable(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is taken away
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
