import type { BaseImage, Origin } from '../model/base';
import { uploadedVolumes } from '../model/base';
import type { DataVolume } from '../model/clone';
import { dataFileOf } from '../model/clone';
import { baseFileName, baseKey } from '../model/file-names';
import { baseAddress, hostBlocks, volumeAddress } from './addresses';
import type { ArchivedVolume, HostContents, Moved } from './dialect';
import { ARCHIVED, GUARDED } from './expressions';

/** What a guarded block needs to know of one volume; the values of its `for_each`. */
export interface VolumeEntry {
  readonly file: string;
  readonly format: string;
  readonly size?: number;
  readonly source?: string;
  readonly sha256?: string;
}

/** How a dialect writes a block of volumes: its entries, and what Terraform may do to them. */
export type VolumeBlock<Attributes> = (
  entries: Record<string, VolumeEntry>,
  lifecycle: VolumeLifecycle,
) => Attributes;

/** What Terraform may do to the volumes of a block. */
export type VolumeLifecycle = Readonly<Record<string, unknown>> & {
  readonly ignore_changes?: readonly string[];
};

/** A lifecycle in which changes of these attributes are ignored as well. */
export function ignoring(lifecycle: VolumeLifecycle, attributes: readonly string[]): object {
  return { ...lifecycle, ignore_changes: [...attributes, ...(lifecycle.ignore_changes ?? [])] };
}

/** The four blocks of a host: bases and data volumes, each with its unguarded twin for what is retired. */
export function volumeBlocks<Attributes>(
  host: string,
  contents: HostContents,
  base: VolumeBlock<Attributes>,
  data: VolumeBlock<Attributes>,
): Record<string, Attributes> {
  return {
    [hostBlocks.bases(host)]: base(baseEntries(contents.bases, false), GUARDED),
    [hostBlocks.retiredBases(host)]: base(baseEntries(contents.bases, true), {}),
    [hostBlocks.data(host)]: data(dataEntries(contents), GUARDED),
    [hostBlocks.archived(host)]: data(archivedEntries(contents), ARCHIVED),
  };
}

/** The entries of the block of bases, or of the one of retired bases, by `BASE/VOLUME`. */
function baseEntries(bases: readonly BaseImage[], retired: boolean): Record<string, VolumeEntry> {
  const entries = bases
    .filter((base) => base.retired === retired)
    .flatMap((base) =>
      uploadedVolumes(base).map((volume): [string, VolumeEntry] => [
        baseKey(base.name, volume),
        { file: baseFileName(base.name, volume), ...sourceOf(base.origins[volume]!) },
      ]),
    );
  return Object.fromEntries(entries);
}

/** The entries of the block of data volumes, by `POOL/CLONE/VOLUME`. */
function dataEntries({ clones }: HostContents): Record<string, VolumeEntry> {
  return Object.fromEntries(
    clones.flatMap(({ name, data }) => data.map((volume) => dataEntry(name, volume))),
  );
}

/** The entries of the block of archived data volumes, by `POOL/CLONE/VOLUME`. */
function archivedEntries({ archived }: HostContents): Record<string, VolumeEntry> {
  return Object.fromEntries(archived.map((volume) => dataEntry(volume.clone, volume)));
}

function dataEntry(clone: string, volume: DataVolume): [string, VolumeEntry] {
  const file = dataFileOf(clone, volume);
  const size = volume.size === undefined ? {} : { size: volume.size };
  if (volume.adopted) return [volume.key, { file, format: volume.adopted.format, ...size }];
  // A seeded volume has its image's size: no provider takes both.
  if (volume.seed) return [volume.key, { file, ...sourceOf(volume.seed) }];
  return [volume.key, { file, format: 'qcow2', ...size }];
}

function sourceOf(origin: Origin): Pick<VolumeEntry, 'format' | 'source' | 'sha256'> {
  if (origin.kind === 'existing') return { format: origin.format };
  return {
    format: origin.format,
    source: origin.location,
    ...(origin.sha256 === undefined ? {} : { sha256: origin.sha256 }),
  };
}

/**
 * The moves between the guarded blocks and their unguarded twins, in both directions.
 *
 * A volume that is retired leaves the guarded block with its content; one that is brought back returns the same way,
 * and one that is given to another clone goes on from the archive. Terraform takes one move to an address only, so
 * they stand in a row. A move of what is not in the state does nothing, so they may stand as long as the code says
 * what they say.
 */
export function movesOf(host: string, { bases, clones, archived, handedOver }: HostContents): Moved[] {
  const data = (key: string): string => volumeAddress(hostBlocks.data(host), key);
  const archive = (key: string): string => volumeAddress(hostBlocks.archived(host), key);
  const retired = [...archived, ...handedOver];
  const given = (volumes: readonly DataVolume[], into: (key: string) => string): Moved[] =>
    volumes.flatMap(({ key, given: one }) =>
      one === undefined
        ? []
        : [
            { from: data(one.from[0]), to: archive(one.from[0]) },
            { from: archive(one.from[0]), to: into(key) },
          ],
    );
  const moves = [
    ...bases.flatMap((base) =>
      uploadedVolumes(base).map((volume) => ({
        from: baseAddress(host, { ...base, retired: !base.retired }, volume),
        to: baseAddress(host, base, volume),
      })),
    ),
    ...clones.flatMap((clone) => clone.data.map(({ key }) => ({ from: archive(key), to: data(key) }))),
    ...retired.map(({ key }: ArchivedVolume) => ({ from: data(key), to: archive(key) })),
    ...clones.flatMap((clone) => given(clone.data, archive)),
    ...given(retired, data),
  ];
  return [...new Map(moves.map((move) => [JSON.stringify(move), move])).values()];
}
