import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuestBoot, GuestVolume } from './guest';
import { readConsole, waitForEvent, writeNote } from './guest';
import type { Lab } from './lab';

/** What identifies a file and tells whether it was touched. */
export interface FileFacts {
  readonly inode: number;
  readonly modified: number;
  readonly size: number;
}

/** The machines of a lab, as a test or the demo looks at them: through virsh, their serial consoles and the files of the storage pool. */
export class Machines {
  constructor(
    private readonly lab: Lab,
    readonly storage = join(lab.pools, 'pool'),
  ) {}

  /** Starts machines and waits until they have booted; returns what each found. */
  boot(...names: string[]): Promise<Record<string, GuestBoot>> {
    return this.booted(names, async () => {
      for (const name of names) await this.lab.virsh('start', name);
    });
  }

  /** Does something that starts machines and waits until they have booted; returns what each found. */
  async booted(names: readonly string[], act: () => Promise<void>): Promise<Record<string, GuestBoot>> {
    const skips = names.map(
      (name) => readConsole(this.log(name)).filter(({ event }) => event === 'boot').length,
    );
    await act();
    const boots = await Promise.all(
      names.map(async (name, index): Promise<[string, GuestBoot]> => {
        const options = { skip: skips[index]!, timeout: 180_000 };
        const boot = await waitForEvent(this.log(name), 'boot', options);
        await waitForEvent(this.log(name), 'ready', options);
        return [name, boot];
      }),
    );
    return Object.fromEntries(boots);
  }

  /** Asks machines to shut down through ACPI and waits until they are off. */
  async shutDown(...names: string[]): Promise<void> {
    for (const name of names) await this.lab.virsh('shutdown', name);
    const end = Date.now() + 120_000;
    for (const name of names) {
      while ((await this.lab.virsh('domstate', name)).trim() !== 'shut off') {
        if (Date.now() > end) throw new Error(`${name} did not shut down within 120 s`);
        await sleep(200);
      }
    }
  }

  /** Boots machines, and shuts them down again. */
  async bootOnce(...names: string[]): Promise<Record<string, GuestBoot>> {
    const boots = await this.boot(...names);
    await this.shutDown(...names);
    return boots;
  }

  /** Has a running machine write a line on one of its volumes. */
  note(name: string, volume: string, text: string): Promise<void> {
    return writeNote(this.lab, name, this.log(name), volume, text);
  }

  /** The files in the storage pool, by name. */
  async files(): Promise<string[]> {
    return (await readdir(this.storage)).sort();
  }

  /** The one file whose name begins so. */
  async file(prefix: string): Promise<string> {
    const found = (await this.files()).filter((name) => name.startsWith(prefix));
    if (found.length !== 1)
      throw new Error(
        `expected one file ${prefix}…, found ${found.length === 0 ? 'none' : found.join(', ')}`,
      );
    return join(this.storage, found[0]!);
  }

  /** The SHA-256 of a file. */
  async digest(file: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(resolve(this.storage, file)), hash);
    return hash.digest('hex');
  }

  /** The SHA-256 of each data volume. */
  async dataDigests(): Promise<Record<string, string>> {
    const data = (await this.files()).filter((name) => name.endsWith('.data.qcow2'));
    return Object.fromEntries(await Promise.all(data.map(async (name) => [name, await this.digest(name)])));
  }

  /** What identifies each file of some machines. */
  async factsOf(...names: string[]): Promise<Record<string, FileFacts>> {
    const own = (await this.files()).filter((file) => names.some((name) => file.startsWith(`${name}.`)));
    const facts = own.map(async (file): Promise<[string, FileFacts]> => {
      const { ino, mtimeMs, size } = await stat(join(this.storage, file));
      return [file, { inode: ino, modified: mtimeMs, size }];
    });
    return Object.fromEntries(await Promise.all(facts));
  }

  /** The definition of a machine. */
  xml(name: string): Promise<string> {
    return this.lab.virsh('dumpxml', '--inactive', name);
  }

  /** The file or volume names behind a machine's disks, by device. */
  async disks(name: string): Promise<Record<string, string>> {
    const lines = (await this.lab.virsh('domblklist', '--inactive', name)).trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.trim().split(/\s+/) as [string, string]));
  }

  private log(name: string): string {
    return join(this.lab.consoleLogs, `${name}.log`);
  }
}

/** What a boot found on the volume of that name. */
export function volumeOf(boot: GuestBoot | undefined, name: string): GuestVolume {
  const found = boot?.volumes.find((volume) => volume.name === name);
  if (!found) throw new Error(`the guest found no volume ${name}: ${JSON.stringify(boot?.volumes)}`);
  return found;
}
