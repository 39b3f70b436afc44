import type { Candidate } from './candidate';
import type { HostIndex } from './host';
import type { AdoptGiven, ProposedClone, ProposedPool, ProposedVolume } from './proposal';
import type { VolumeFound } from './volume';

/** The base and pool that machines become which are alike. */
export function proposedPool(
  given: AdoptGiven,
  index: HostIndex,
  names: { readonly pool: string; readonly base: string },
  candidates: readonly Candidate[],
): ProposedPool {
  const first = candidates[0]!;
  const clones = candidates.map(cloneOf);
  const storage = [...first.volumes.values()][0]!.file.pool;
  const volumes = Object.fromEntries(
    [...first.volumes].map(([name, found]): [string, ProposedVolume] => [
      name,
      volumeOf(given, name === first.boot, found, sizesOf(clones, name)),
    ]),
  );
  return {
    pool: names.pool,
    base: { name: names.base, volumes },
    storage: { name: storage, path: index.contents.pools.find(({ name }) => name === storage)!.path },
    machine: {
      ...first.defined.machine,
      vcpus: mostOf(clones.map(({ vcpus }) => vcpus)),
      memory: mostOf(clones.map(({ memory }) => memory)),
      autostart: first.autostart,
    },
    clones,
    notes: baseNotes(index, first),
  };
}

function cloneOf({ domain, defined, volumes }: Candidate): ProposedClone {
  return {
    name: domain.name,
    uuid: domain.uuid,
    macs: defined.macs,
    vcpus: defined.machine.vcpus,
    memory: defined.machine.memory,
    volumes: [...volumes].map(([volume, { type, target, file, format, backing }]) => ({
      ...{ volume, type, target, file: file.name, format, size: file.capacity },
      ...(backing ? { backing: backing.file.path } : {}),
    })),
    notes: [
      ...defined.unmodelled.map(({ text }) => `it has no ${text} any more`),
      ...defined.notes,
      ...[...volumes.values()].flatMap(({ type, target, backing }) =>
        type === 'data' && backing
          ? [`${target} is data and goes on standing on ${backing.file.path}: keep that file`]
          : [],
      ),
    ],
  };
}

function volumeOf(
  { generation }: AdoptGiven,
  boot: boolean,
  { type, bus, file, backing }: VolumeFound,
  sizes: readonly number[],
): ProposedVolume {
  const common = { type, bus, boot };
  if (type === 'data') return { ...common, size: mostOf(sizes) };
  if (!backing) return { ...common, size: file.capacity };
  // Provider 0.9 makes no overlay without a size; the other one takes that of what it stands on.
  const isOwn = generation === '0.9' || file.capacity !== backing.file.capacity;
  return {
    ...common,
    existing: backing.file.name!,
    format: backing.format,
    ...(isOwn ? { size: file.capacity } : {}),
  };
}

function sizesOf(clones: readonly ProposedClone[], name: string): number[] {
  return clones.flatMap(({ volumes }) =>
    volumes.filter(({ volume }) => volume === name).map(({ size }) => size),
  );
}

/** The value that occurs most, the least of several such. */
function mostOf(values: readonly number[]): number {
  const count = (value: number): number => values.filter((one) => one === value).length;
  return [...values].sort((a, b) => count(b) - count(a) || a - b)[0]!;
}

function baseNotes(index: HostIndex, { volumes }: Candidate): string[] {
  return [...volumes.values()].flatMap(({ type, backing }) => {
    if (type === 'data' || !backing) return [];
    const { path, mode = 0 } = backing.file;
    return [
      ...((mode & 0o222) === 0 ? [] : [`${path} can be written to: protect it with "chmod 0444"`]),
      ...index
        .usersOf(path)
        .map(
          (name) => `${path} is a disk of machine ${name}: never start it, what it writes breaks every clone`,
        ),
    ];
  });
}
