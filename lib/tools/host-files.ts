import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import { placeOf } from './host-place';
import type { Surroundings } from './process';
import { SshFiles } from './ssh-files';

/** A file on a host. */
export interface HostFile {
  readonly content: string;
  readonly executable: boolean;
}

/** The end of a file that grows. */
export interface FileEnd {
  /** How long the file is now, in bytes; 0 where there is none. */
  readonly size: number;
  /**
   * What stands from the place on that was asked for, at most the last so many bytes of it. A file that is shorter than
   * that place was rotated or truncated, and is read from its start.
   */
  readonly text: string;
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
  /** What a file that grows holds from a place on, see {@link FileEnd}. */
  end(path: string, from: number, most: number): Promise<FileEnd>;
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
    `the files of ${maskedUri(uri)} cannot be reached: only qemu:///… and qemu+ssh://HOST/… can, so do it on that host itself`,
  );
}

/** Whether the host of a libvirt URI is this machine, so that its paths are paths here. */
export function isOnThisMachine(uri: string): boolean {
  const place = placeOf(uri);
  return place !== undefined && place.host === '' && ['', 'unix'].includes(place.transport);
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

  async end(path: string, from: number, most: number): Promise<FileEnd> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path);
      const { size } = await handle.stat();
      const start = Math.max(size < from ? 0 : from, size - most);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
      return { size, text: buffer.subarray(0, bytesRead).toString('utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { size: 0, text: '' };
      throw notDone('read', path, error);
    } finally {
      await handle?.close();
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
