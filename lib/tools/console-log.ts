import { stripVTControlCharacters } from 'node:util';
import type { HostFiles } from './host-files';
import { hostFiles } from './host-files';
import type { Surroundings } from './process';

/** No more than so many bytes at the end of a log are read. */
const MOST = 2 ** 20;

/** What a machine has said on its serial console, from the file that libvirt writes on the host. */
export class ConsoleLog {
  /**
   * The log of a clone in the folder that its pool's `consoleLogs` names; over SSH where the host is another machine.
   *
   * @throws UserError when files of that host cannot be reached
   */
  static of(uri: string, folder: string, clone: string, surroundings: Surroundings): ConsoleLog {
    return new ConsoleLog(`${folder}/${clone}.log`, hostFiles(uri, surroundings));
  }

  private constructor(
    readonly file: string,
    private readonly files: HostFiles,
  ) {}

  /**
   * Where the log ends now, in bytes; what comes after it is said from now on.
   *
   * @throws UserError when the log may not be read
   */
  async mark(): Promise<number> {
    return (await this.files.end(this.file, 0, 0)).size;
  }

  /**
   * What was said since a mark, at most the last MiB of it, without escape sequences and control characters.
   *
   * A log that is shorter than the mark was rotated or truncated, and is read from its start.
   *
   * @throws UserError when the log may not be read
   */
  async since(mark: number): Promise<string> {
    return readable((await this.files.end(this.file, mark, MOST)).text);
  }

  /**
   * The last lines since a mark that say something, without escape sequences and control characters.
   *
   * @throws UserError when the log may not be read
   */
  async tail(lines: number, mark = 0): Promise<string[]> {
    return lastLines(await this.since(mark), lines);
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
