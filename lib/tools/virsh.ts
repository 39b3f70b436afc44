import { randomUUID } from 'node:crypto';
import { UserError } from '../model/user-error';
import type { DomainXml, StoragePoolXml, VolumeXml } from './libvirt-xml';
import { parseDomain, parseStoragePool, parseVolume } from './libvirt-xml';
import type { Surroundings } from './process';
import { run } from './process';

/** How long one connection may take, in milliseconds. */
const TIMEOUT = 60_000;

/** Linux takes 128 KiB for one argument. */
const MAX_SCRIPT = 100_000;

/** A machine and whether it runs (or is paused: whether QEMU has its disks open). */
export interface DomainState extends DomainXml {
  readonly running: boolean;
}

/** A volume is looked up by its path, or by its name in a storage pool. */
export type VolumeKey = { readonly path: string } | { readonly pool: string; readonly name: string };

/** One libvirt connection, as a typed client over `virsh -c URI`; it asks and changes nothing. */
export class Virsh {
  constructor(
    private readonly uri: string,
    private readonly surroundings: Surroundings,
  ) {}

  /**
   * All machines.
   *
   * @throws UserError when libvirt is not reachable
   */
  async domains(): Promise<DomainState[]> {
    const [all = '', active = ''] = await this.must(['list', '--all', '--uuid'], ['list', '--uuid']);
    const running = new Set(words(active));
    const uuids = words(all);
    const texts = await this.batch(uuids.map((uuid) => ['dumpxml', uuid]));
    // One that was undefined between the two questions answers nothing.
    return texts.flatMap((text, index) =>
      text.trim() === '' ? [] : [{ ...parseDomain(text), running: running.has(uuids[index]!) }],
    );
  }

  /**
   * A storage pool; `undefined` when there is none of that name.
   *
   * @throws UserError when libvirt is not reachable
   */
  async storagePool(name: string): Promise<StoragePoolXml | undefined> {
    const [names = '', active = ''] = await this.must(
      ['pool-list', '--all', '--name'],
      ['pool-list', '--name'],
    );
    if (!lines(names).includes(name)) return undefined;
    const [text = ''] = await this.batch([['pool-dumpxml', name]]);
    return { ...parseStoragePool(text), active: lines(active).includes(name) };
  }

  /**
   * The volumes of a storage pool that is active.
   *
   * @throws UserError when libvirt is not reachable
   */
  async volumes(pool: string): Promise<VolumeXml[]> {
    // Files that came or went without libvirt are known only after a refresh; it may fail while a volume is uploaded.
    const [, list = ''] = await this.batch([
      ['pool-refresh', pool],
      ['vol-list', pool],
    ]);
    const names = list.split('\n').flatMap((line) => /^ ?(.+?) +\/.*$/.exec(line)?.[1] ?? []);
    return (await this.lookUp(names.map((name) => ({ pool, name })))).filter(
      (volume) => volume !== undefined,
    );
  }

  /**
   * Volumes of whatever storage pool; `undefined` for each that no active pool has.
   *
   * @throws UserError when libvirt is not reachable
   */
  async lookUp(keys: readonly VolumeKey[]): Promise<(VolumeXml | undefined)[]> {
    const texts = await this.batch(
      keys.map((key) => ['vol-dumpxml', ...('path' in key ? [key.path] : ['--pool', key.pool, key.name])]),
    );
    return texts.map((text) => (text.trim() === '' ? undefined : parseVolume(text)));
  }

  /** Runs commands over few connections; the answer of one that fails is empty. */
  private async batch(commands: readonly (readonly string[])[]): Promise<string[]> {
    const answers: string[] = [];
    for (const some of portions(commands)) answers.push(...(await this.connect(some)).answers);
    return answers;
  }

  private async must(...commands: (readonly string[])[]): Promise<string[]> {
    const { answers, stderr, exitCode } = await this.connect(commands);
    if (exitCode === 0 && stderr.trim() === '') return answers;
    throw new UserError(libvirtWords(stderr) || `virsh ended with exit code ${exitCode}`);
  }

  private async connect(
    commands: readonly (readonly string[])[],
  ): Promise<{ answers: string[]; stderr: string; exitCode: number }> {
    if (commands.length === 0) return { answers: [], stderr: '', exitCode: 0 };
    const mark = `mark-${randomUUID()}`;
    const script = commands.map((command) => `echo ${mark}; ${command.map(quoted).join(' ')}`).join('; ');
    const { stdout, stderr, exitCode } = await run('virsh', ['-q', '-c', this.uri, script], {
      ...this.surroundings,
      env: { ...this.surroundings.env, LC_ALL: 'C', LANGUAGE: 'C' },
      timeout: TIMEOUT,
      missing: "install libvirt's clients (in Debian: apt-get install libvirt-clients)",
    });
    const answers = stdout.split(mark).slice(1);
    // Without a connection not even the marks are said.
    if (answers.length < commands.length) throw new UserError(libvirtWords(stderr) || 'virsh said nothing');
    return { answers, stderr, exitCode };
  }
}

function libvirtWords(stderr: string): string {
  return lines(stderr)
    .map((line) => line.replace(/^error: /, ''))
    .filter((line) => line !== 'failed to connect to the hypervisor')
    .join('; ');
}

/** A word in virsh's own syntax, where a backslash takes the meaning from any character in double quotes. */
function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, '\\$&')}"`;
}

function portions(commands: readonly (readonly string[])[]): (readonly string[])[][] {
  const found: (readonly string[])[][] = [];
  let size = MAX_SCRIPT;
  for (const command of commands) {
    const length = 60 + command.join('   ').length * 2;
    if (size + length > MAX_SCRIPT) {
      found.push([]);
      size = 0;
    }
    size += length;
    found.at(-1)!.push(command);
  }
  return found;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
