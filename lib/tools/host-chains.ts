import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { backingPath, isNetworkPath } from '../model/backing-file';
import type { HostDisk, HostDomain, HostFile, HostLink, HostPool } from '../model/host-contents';
import { FOLDER_POOLS } from '../model/host-contents';
import { sideBySide } from '../model/side-by-side';
import type { ListedVolume } from './host-volumes';
import type { HostVolumeXml } from './host-xml';
import { outsideFile } from './outside-file';
import type { Surroundings } from './process';

/** The files of a host by their paths, with those that only chains lead to. */
export class FilesOfHost {
  private readonly found = new Map<string, HostFile>();
  /** The first volume of each times: where no file can be looked at, names with the same times are those of one file. */
  private readonly byTimes = new Map<string, string>();
  /** The first volume of each times and sizes: several files may be made at one tick of the host's clock. */
  private readonly byFacts = new Map<string, string>();
  private readonly linkTimes = new Map<string, string>();
  private readonly volumePaths = new Map<string, string>();

  constructor(
    private readonly pools: readonly HostPool[],
    volumes: readonly ListedVolume[],
    /** Given where the host is this machine. */
    private readonly surroundings: Surroundings | undefined,
  ) {
    for (const volume of volumes) {
      const times = volume.xml?.times ?? '';
      if (times !== '' && !this.byTimes.has(times)) this.byTimes.set(times, volume.path);
      const facts = factsOf(volume.xml);
      if (facts !== undefined && !this.byFacts.has(facts)) this.byFacts.set(facts, volume.path);
      const file = this.volumeFile(volume);
      this.found.set(file.path, file);
      this.volumePaths.set(`${volume.pool}\n${volume.name}`, file.path);
    }
  }

  all(): HostFile[] {
    return [...this.found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  /** Tells which names are those of one file. */
  async identify(): Promise<void> {
    if (!this.surroundings) return;
    await sideBySide(AT_ONCE, [...this.found.values()], async (file) => {
      const status = await stat(file.path).catch(() => undefined);
      if (status) this.found.set(file.path, { ...file, identity: `${status.dev}:${status.ino}` });
    });
  }

  /** Looks at every file that a machine or another file names, until there is none that is not known. */
  async follow(domains: readonly HostDomain[]): Promise<void> {
    const disks = domains.flatMap(({ disks: next, liveDisks, kept }) =>
      [next, liveDisks, ...kept.map((one) => one.disks)].flat(),
    );
    const chains = disks.flatMap((disk) => this.chainOf(disk));
    let wanted: HostLink[] = [...chains.flat(), ...this.all().flatMap(({ backing }) => backing ?? [])];
    const told = toldBy(chains);
    while (wanted.length > 0) {
      const fresh = new Map<string, HostLink>();
      for (const link of wanted) {
        const { path, format } = link;
        // What one takes as raw and another does not may stand on something.
        const known = fresh.get(path);
        if (!this.found.has(path) && (!known || (format !== undefined && format !== 'raw')))
          fresh.set(path, link);
      }
      const files = await sideBySide(AT_ONCE, [...fresh.values()], (link) => this.lookAt(link, told));
      for (const file of files) this.found.set(file.path, file);
      wanted = files.flatMap(({ backing }) => backing ?? []);
    }
  }

  /** The machine with the paths of the disks that it names by their volumes. */
  located(domain: HostDomain): HostDomain {
    const locate = (disks: readonly HostDisk[]): HostDisk[] => disks.map((disk) => this.withPath(disk));
    return {
      ...domain,
      disks: locate(domain.disks),
      liveDisks: locate(domain.liveDisks),
      kept: domain.kept.map(({ of, disks }) => ({ of, disks: locate(disks) })),
    };
  }

  private withPath(disk: HostDisk): HostDisk {
    if (disk.path !== undefined || disk.volume === undefined) return disk;
    const path = this.pathOf(disk.volume);
    return path === undefined ? disk : { ...disk, path };
  }

  /** Where a volume is; one that is not listed would be in the folder of its storage pool. */
  private pathOf({ pool, name }: { readonly pool: string; readonly name: string }): string | undefined {
    const known = this.volumePaths.get(`${pool}\n${name}`);
    if (known !== undefined) return known;
    const folder = this.pools.find((one) => one.name === pool)?.path;
    return folder === undefined ? undefined : posix.join(folder, name);
  }

  private chainOf(disk: HostDisk): HostLink[][] {
    const { path, format, backingChain } = this.withPath(disk);
    return path === undefined ? [] : [[{ path, format }, ...(backingChain ?? [])]];
  }

  private volumeFile({ pool, name, path, xml }: ListedVolume): HostFile {
    if (!xml) {
      const reason = `libvirt lists it in storage pool ${pool} and says no more of it`;
      return { path, pool, name, identity: path, presence: 'unread', reason };
    }
    const { format, capacity, allocation, mode, modified, backing } = xml;
    const known = {
      path,
      pool,
      name,
      identity: this.byFacts.get(factsOf(xml) ?? '') ?? path,
      format,
      capacity,
      allocation,
      ...(mode === undefined ? {} : { mode }),
      ...(modified === undefined ? {} : { modified }),
    };
    if (backing === undefined) return { ...known, presence: 'present' };
    const below = backingPath(backing.written);
    if (below === undefined) {
      return { ...known, presence: 'unread', reason: `its backing file is ${backing.written}` };
    }
    if (backing.times !== '') this.linkTimes.set(below, backing.times);
    // libvirt says raw of what it did not look into (json:, file:).
    const isSaid = backing.written === below || posix.normalize(backing.written) === below;
    return {
      ...known,
      presence: 'present',
      backing: { path: below, ...(isSaid && backing.format !== '' ? { format: backing.format } : {}) },
    };
  }

  private async lookAt(
    { path, format }: HostLink,
    told: ReadonlyMap<string, HostLink | null>,
  ): Promise<HostFile> {
    const said = format === undefined ? {} : { format };
    if (isNetworkPath(path)) return { path, identity: path, presence: 'network', ...said };
    if (this.surroundings) {
      const file = await outsideFile(path, format, this.surroundings);
      if (file.presence !== 'unread') return file;
    }
    const times = this.linkTimes.get(path);
    const twin = this.found.get(this.byTimes.get(times ?? '') ?? '');
    if (twin) {
      const { presence, identity, backing } = twin;
      return { path, presence, identity, ...said, ...(backing ? { backing } : {}) };
    }
    const pool = this.pools.find((one) => one.path === posix.dirname(path));
    if (pool?.active && FOLDER_POOLS.includes(pool.type) && pool.stale === undefined) {
      return { path, identity: path, presence: 'missing', ...said };
    }
    const below = told.get(path);
    if (below !== undefined) {
      return { path, identity: path, presence: 'present', ...said, ...(below ? { backing: below } : {}) };
    }
    // What is raw stands on nothing.
    if (format === 'raw') return { path, identity: path, presence: 'present', format };
    const reason = 'no active storage pool has it, and the files of another machine cannot be read';
    return { path, identity: path, presence: 'unread', reason, ...said };
  }
}

/** What stands below each file that a definition itself tells the chain of; `null` when nothing does. */
function toldBy(chains: readonly (readonly HostLink[])[]): Map<string, HostLink | null> {
  const told = new Map<string, HostLink | null>();
  for (const chain of chains.filter(({ length }) => length > 1)) {
    chain.forEach(({ path }, index) => {
      const below = chain[index + 1] ?? null;
      if (below !== null || !told.has(path)) told.set(path, below);
    });
  }
  return told;
}

/** What is equal for all names of one file, and for hardly any two files; `undefined` for what is none. */
function factsOf(xml: HostVolumeXml | undefined): string | undefined {
  if (!xml || xml.times === '' || xml.format === 'dir') return undefined;
  return [xml.times, xml.format, xml.capacity, xml.allocation, xml.mode].join(' ');
}

/** At most this many files are looked at at once. */
const AT_ONCE = 16;
