import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants, open, readFile, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../model/user-error';
import type { Connection } from './connection';
import type { VolumeXml } from './libvirt-xml';
import { parseVolume } from './libvirt-xml';
import { QCOW2_HEADER, qcow2Table } from './qcow2';
import type { Surroundings } from './process';
import { run } from './process';
import { withTemporaryFile } from './temporary-file';
import { VirshConnection } from './virsh-connection';
import { volumeHeads } from './volume-heads';

/** A volume that is to be made: blank, or an overlay on a backing file. */
export interface NewVolume {
  readonly name: string;
  /** The virtual size in bytes. */
  readonly size: number;
  readonly backing?: { readonly path: string; readonly format: string };
  /** @default 'qcow2' */
  readonly format?: string;
}

/** A qcow2 volume that is made as a flat copy of another one. */
export interface FlatCopy {
  readonly name: string;
  /** The volume whose content it gets, with all that stands below it. */
  readonly from: string;
  /** The virtual size in bytes. */
  readonly size: number;
  /** The mode that libvirt gives the file when it is whole, in octal; until then it is that of any new file. */
  readonly mode: string;
}

/** For what takes as long as there are bytes: no limit. */
const LONG = { timeout: 2 ** 31 - 1 };

/** The volumes of one storage pool: their facts, their bytes, and what is made and deleted, over `virsh`. */
export class Volumes {
  /** @param connection what it goes over; left out, a process a command */
  constructor(
    readonly uri: string,
    readonly pool: string,
    readonly surroundings: Surroundings,
    private readonly connection: Connection = new VirshConnection(uri, surroundings),
  ) {}

  /** Volumes by their file names, after a look into the folder; `undefined` for each that is not there. */
  async facts(names: readonly string[]): Promise<(VolumeXml | undefined)[]> {
    const [, ...texts] = await this.connection.batch([
      ['pool-refresh', this.pool],
      ...names.map((name) => ['vol-dumpxml', ...this.of(name)]),
    ]);
    return texts.map((text) => (text.trim() === '' ? undefined : parseVolume(text)));
  }

  /**
   * Volumes by their file names as libvirt knows them, without a look into the folder, which takes as long as there are
   * files; `undefined` for each that it does not know.
   *
   * @throws UserError when libvirt is not reachable
   */
  async known(names: readonly string[]): Promise<(VolumeXml | undefined)[]> {
    const texts = await this.connection.batch(names.map((name) => ['vol-dumpxml', ...this.of(name)]));
    return texts.map((text) => (text.trim() === '' ? undefined : parseVolume(text)));
  }

  /**
   * The SHA-256 of a volume's file, as libvirt sends it (`virsh vol-download`); nothing is kept on this machine.
   *
   * @param onBytes told how many bytes have come so far
   * @throws UserError with libvirt's words when it cannot be read
   */
  async digest(name: string, onBytes?: (read: number) => void): Promise<string> {
    if (!this.connection.persistent) return this.streamed(name, onBytes);
    const bytes = await this.bytes(name, 0, SMALL + 1);
    if (bytes.length > SMALL) return this.streamed(name, onBytes);
    onBytes?.(bytes.length);
    return createHash('sha256').update(bytes).digest('hex');
  }

  private async streamed(name: string, onBytes?: (read: number) => void): Promise<string> {
    return withTemporaryFile(undefined, async (fifo) => {
      await run('mkfifo', ['-m', '600', fifo], { ...this.surroundings, missing: 'install coreutils' });
      const hash = createHash('sha256');
      // virsh opens the file that it is given; one that is a pipe takes no space.
      const stream = createReadStream(fifo, { highWaterMark: 2 ** 20 });
      if (onBytes) stream.on('data', () => onBytes(stream.bytesRead));
      const reading = pipeline(stream, hash);
      try {
        await this.connection.command(['vol-download', ...this.of(name), '--file', fifo], LONG);
      } finally {
        await release(fifo);
        await reading;
      }
      return hash.digest('hex');
    });
  }

  /**
   * Whether no cluster of a qcow2 volume was ever allocated, so that nothing was ever written to it: its first-level
   * table says so, which is read over libvirt. Whatever cannot be told was written to.
   *
   * @throws UserError with libvirt's words when it cannot be read
   */
  async isBlank(name: string): Promise<boolean> {
    const table = qcow2Table(await this.bytes(name, 0, QCOW2_HEADER));
    if (!table) return false;
    const entries = await this.bytes(name, table.offset, table.bytes);
    return entries.length === table.bytes && entries.every((byte) => byte === 0);
  }

  /**
   * Makes volumes, several of them at one go.
   *
   * @throws UserError with libvirt's words; some of them may be made then
   */
  async create(...volumes: readonly NewVolume[]): Promise<void> {
    await this.connection.must(
      ...volumes.map(({ name, size, backing, format = 'qcow2' }) => [
        'vol-create-as',
        ...this.made(name, size),
        '--format',
        format,
        // All of a raw file would be written out otherwise.
        ...(format === 'raw' ? ['--allocation', '0'] : []),
        ...(backing ? ['--backing-vol', unmarked(backing.path), '--backing-vol-format', backing.format] : []),
      ]),
    );
  }

  /**
   * Makes a volume as a copy of what another one shows, without a backing file (libvirt, `virStorageVolCreateXMLFrom`:
   * `qemu-img convert`).
   *
   * libvirt reads the source in the format that it has found it to have, so it must not be one whose first bytes a
   * guest writes. What is read is whole when the file has its mode: libvirt sets that last.
   *
   * @throws UserError with libvirt's words
   */
  async copy({ name, from, size, mode }: FlatCopy): Promise<void> {
    const xml = `<volume><name>${unmarked(name)}</name><capacity unit='bytes'>${size}</capacity><target><format type='qcow2'/><permissions><mode>${mode}</mode></permissions><compat>1.1</compat></target></volume>`;
    await withTemporaryFile(xml, (file) =>
      this.connection.command(
        [...['vol-create-from', '--file', file, '--inputpool', this.pool], ...this.of(from)],
        LONG,
      ),
    );
  }

  /**
   * Makes a small volume that holds a text, filled up with spaces to {@link NOTE}.
   *
   * @throws UserError with libvirt's words, also when it is there already
   */
  async note(name: string, content: string): Promise<void> {
    await this.connection.command(['vol-create-as', ...this.made(name, NOTE), '--format', 'raw']);
    await withTemporaryFile(content.padEnd(NOTE), (file) =>
      this.connection.command(['vol-upload', ...this.of(name), '--file', file]),
    );
  }

  /**
   * The text of {@link note}; empty when it was not written.
   *
   * @throws UserError with libvirt's words when it cannot be read
   */
  async noted(name: string): Promise<string> {
    return (await this.bytes(name, 0, NOTE)).toString('utf8').replace(/\0/g, '').trim();
  }

  /**
   * Makes a volume that no machine has open larger; its content stays.
   *
   * @param size the new virtual size in bytes
   * @throws UserError with libvirt's words, also for a size that is smaller than the volume's
   */
  async grow(name: string, size: number): Promise<void> {
    await this.connection.command(['vol-resize', ...this.of(name), '--capacity', `${size}b`]);
  }

  /**
   * Copies a volume's file, byte for byte, into a file of this machine; holes stay holes.
   *
   * @throws UserError with libvirt's words
   */
  async download(name: string, file: string): Promise<void> {
    await writeFile(file, '', { mode: 0o600 });
    await this.connection.command(['vol-download', ...this.of(name), '--file', file, '--sparse'], LONG);
  }

  /**
   * Makes a volume whose file is the same, byte for byte, as one of this machine.
   *
   * @param mode the mode of its file in octal, from the beginning; left out, that of any new file
   * @throws UserError with libvirt's words
   */
  async upload(name: string, file: string, mode?: string): Promise<void> {
    const { size } = await stat(file);
    // As raw, so that the file is as long as what it is given; what is in it is looked at with the next refresh.
    const permissions = mode === undefined ? '' : `<permissions><mode>${mode}</mode></permissions>`;
    const xml = `<volume><name>${escaped(name)}</name><capacity unit='bytes'>${size}</capacity><allocation>0</allocation><target><format type='raw'/>${permissions}</target></volume>`;
    await withTemporaryFile(xml, (made) =>
      this.connection.command(['vol-create', '--pool', this.pool, '--file', made]),
    );
    await this.connection.command(['vol-upload', ...this.of(name), '--file', file, '--sparse'], LONG);
  }

  /**
   * Deletes volumes, several of them at one go.
   *
   * @throws UserError with libvirt's words; some of them may be deleted then
   */
  async delete(...names: readonly string[]): Promise<void> {
    await this.connection.must(...names.map((name) => ['vol-delete', ...this.of(name)]));
  }

  /**
   * The first bytes of volumes' files, shorter where a file is; empty for each that cannot be read.
   *
   * @throws UserError when libvirt is not reachable
   */
  heads(names: readonly string[], length: number): Promise<Buffer[]> {
    return volumeHeads(
      this.connection,
      names.map((name) => this.of(name)),
      length,
    );
  }

  /**
   * A part of a volume's file; it is shorter where the file ends.
   *
   * @param length in bytes; left out, all that follows
   * @throws UserError with libvirt's words when it cannot be read
   */
  async bytes(name: string, offset: number, length?: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    const begin = offset === 0 ? [] : ['--offset', String(offset)];
    const end = length === undefined ? [] : ['--length', String(length)];
    return withTemporaryFile(undefined, async (file) => {
      await this.connection.command(['vol-download', ...this.of(name), '--file', file, ...begin, ...end]);
      return readFile(file);
    });
  }

  /** A volume as virsh is told of it, also where its name begins with a dash. */
  private of(name: string): string[] {
    return ['--pool', this.pool, '--vol', name];
  }

  private made(name: string, size: number): string[] {
    return ['--pool', this.pool, '--name', unmarked(name), '--capacity', `${size}b`];
  }
}

/** What `virsh vol-create-as` writes into XML as it is (libvirt 9.0, `cmdVolCreateAs`). */
function unmarked(text: string): string {
  if (!/[<&]/.test(text)) return text;
  throw new UserError(
    `virsh makes no volume of or on ${JSON.stringify(text)}, which XML would take for markup: choose a path without < and &`,
  );
}

/** The bytes of a file that are asked for at first: most of the time all, which then costs no pipe and no process. */
const SMALL = 4 * 2 ** 20;

/** The size of a note in bytes. */
const NOTE = 16_384;

/** Ends a reader of a pipe that nobody has opened for writing, which would wait for good. */
async function release(fifo: string): Promise<void> {
  const handle = await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => undefined);
  await handle?.close();
}

/** Text as it stands in XML between two tags. */
function escaped(text: string): string {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
