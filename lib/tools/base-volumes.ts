import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from './process';
import { VirshConnection } from './virsh-connection';

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

/** The size of a note in bytes; a text that is shorter is filled up with spaces. */
const NOTE = 16_384;

/** No copy and no transfer is ended for its length. */
const UNLIMITED = 2 ** 31 - 1;

/** What the making of a base needs of a storage pool besides its volumes' facts, over `virsh`. */
export class BaseVolumes {
  private readonly connection: VirshConnection;

  constructor(
    readonly uri: string,
    readonly pool: string,
    surroundings: Surroundings,
  ) {
    this.connection = new VirshConnection(uri, surroundings);
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
    const xml = `<volume><name>${name}</name><capacity unit='bytes'>${size}</capacity><target><format type='qcow2'/><permissions><mode>${mode}</mode></permissions><compat>1.1</compat></target></volume>`;
    await withFile(xml, (file) =>
      this.connection.command(['vol-create-from', this.pool, file, '--inputpool', this.pool, from], {
        timeout: UNLIMITED,
      }),
    );
  }

  /**
   * Makes a small volume that holds a text.
   *
   * @throws UserError with libvirt's words, also when it is there already
   */
  async note(name: string, content: string): Promise<void> {
    await this.connection.command(['vol-create-as', this.pool, name, `${NOTE}b`, '--format', 'raw']);
    await withFile(content.padEnd(NOTE), (file) =>
      this.connection.command(['vol-upload', '--pool', this.pool, name, file]),
    );
  }

  /**
   * The text of {@link note}; empty when it was not written.
   *
   * @throws UserError with libvirt's words when it cannot be read
   */
  async read(name: string): Promise<string> {
    return withFile('', async (file) => {
      const part = ['--offset', '0', '--length', String(NOTE)];
      await this.connection.command(['vol-download', '--pool', this.pool, name, file, ...part]);
      return (await readFile(file, 'utf8')).replace(/\0/g, '').trim();
    });
  }

  /**
   * Writes a volume's file to a local one, as it is.
   *
   * @throws UserError with libvirt's words
   */
  async download(name: string, file: string): Promise<void> {
    await this.connection.command(['vol-download', '--pool', this.pool, name, file], { timeout: UNLIMITED });
  }
}

async function withFile<Result>(content: string, act: (file: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'regraft-volume-'));
  try {
    const file = join(folder, 'content');
    await writeFile(file, content, { mode: 0o600 });
    return await act(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
