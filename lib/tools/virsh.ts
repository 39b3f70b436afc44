import type { DomainXml, StoragePoolXml, VolumeXml } from './libvirt-xml';
import { parseDomain, parseStoragePool, parseVolume } from './libvirt-xml';
import type { Surroundings } from './process';
import { lines, VirshConnection } from './virsh-connection';

/** A machine and whether it runs (or is paused: whether QEMU has its disks open). */
export interface DomainState extends DomainXml {
  readonly running: boolean;
}

/** A volume is looked up by its path, or by its name in a storage pool. */
export type VolumeKey = { readonly path: string } | { readonly pool: string; readonly name: string };

/** One libvirt connection, as a typed client over `virsh -c URI`; it asks and changes nothing. */
export class Virsh {
  private readonly connection: VirshConnection;

  constructor(uri: string, surroundings: Surroundings) {
    this.connection = new VirshConnection(uri, surroundings);
  }

  /**
   * All machines.
   *
   * @throws UserError when libvirt is not reachable
   */
  async domains(): Promise<DomainState[]> {
    const [all = '', active = ''] = await this.connection.must(
      ['list', '--all', '--uuid'],
      ['list', '--uuid'],
    );
    const running = new Set(words(active));
    const uuids = words(all);
    const texts = await this.connection.batch(uuids.map((uuid) => ['dumpxml', uuid]));
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
    const [names = '', active = ''] = await this.connection.must(
      ['pool-list', '--all', '--name'],
      ['pool-list', '--name'],
    );
    if (!lines(names).includes(name)) return undefined;
    const [text = ''] = await this.connection.batch([['pool-dumpxml', name]]);
    return { ...parseStoragePool(text), active: lines(active).includes(name) };
  }

  /**
   * The volumes of a storage pool that is active.
   *
   * @throws UserError when libvirt is not reachable
   */
  async volumes(pool: string): Promise<VolumeXml[]> {
    // Files that came or went without libvirt are known only after a refresh; it may fail while a volume is uploaded.
    await this.connection.batch([['pool-refresh', pool]]);
    return this.listed(pool);
  }

  /**
   * The backing files of all volumes in all active storage pools but one, as libvirt knows them.
   *
   * @throws UserError when libvirt is not reachable
   */
  async backingsOutside(pool: string): Promise<string[]> {
    const [names = ''] = await this.connection.must(['pool-list', '--name']);
    const others = lines(names).filter((name) => name !== pool);
    const volumes = await Promise.all(others.map((name) => this.listed(name)));
    return [...new Set(volumes.flat().flatMap(({ backing }) => backing ?? []))];
  }

  /**
   * Volumes of whatever storage pool; `undefined` for each that no active pool has.
   *
   * @throws UserError when libvirt is not reachable
   */
  async lookUp(keys: readonly VolumeKey[]): Promise<(VolumeXml | undefined)[]> {
    const texts = await this.connection.batch(
      keys.map((key) => ['vol-dumpxml', ...('path' in key ? [key.path] : ['--pool', key.pool, key.name])]),
    );
    return texts.map((text) => (text.trim() === '' ? undefined : parseVolume(text)));
  }

  private async listed(pool: string): Promise<VolumeXml[]> {
    const [list = ''] = await this.connection.batch([['vol-list', pool]]);
    const names = list.split('\n').flatMap((line) => /^ ?(.+?) +\/.*$/.exec(line)?.[1] ?? []);
    return (await this.lookUp(names.map((name) => ({ pool, name })))).filter(
      (volume) => volume !== undefined,
    );
  }
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
