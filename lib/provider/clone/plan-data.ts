import { basename } from 'node:path';
import { dataFileName } from '../../model/file-names';
import { formatSize, wholeSectors } from '../../model/size';
import type { KnownBase } from '../configuration';
import { diskFiles } from '../host/disk-users';
import type { VolumeFacts } from '../host/facts';
import { UNKNOWN } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import type { CloneVolumeState, Maybe } from './clone-state';
import { volumePath } from '../diagnostics';
import type { Situation } from './situation';
import { factsOf, isKnown, isThere, pathIn } from './situation';

/** What a plan computes of a data volume. */
export type PlannedData = {
  readonly [Name in 'size' | 'path' | 'file' | 'format' | 'seed' | 'seed_sha256']: Maybe<
    CloneVolumeState[Name]
  >;
};

type BaseVolume = KnownBase['volumes'][string];

/** What a data volume is: the file that it was, one that is found, or a new one. */
export function planData(situation: Situation, volume: string, config: VolumeConfig): PlannedData {
  const former = situation.prior?.volumes[volume];
  if (former?.type === 'data' && former.path !== null) {
    return keptData(situation, volume, config, { ...former, path: former.path });
  }
  const { base } = situation;
  const below = isKnown(base) ? base?.volumes[volume] : UNKNOWN;
  const { path, file } = placeOf(situation, volume, config);
  const seed = config.seed ?? (below === UNKNOWN ? UNKNOWN : (below?.seed ?? null));
  const seedSha256 = seedDigest(config, below);
  const format = config.format ?? formatOf(config, below);
  const found = isKnown(path) ? factsOf(situation, path) : undefined;
  const size = found
    ? foundData(situation, volume, config, found)
    : newSize(situation, volume, config, below, seed);
  return { path, file, seed, seed_sha256: seedSha256, format, size };
}

function keptData(
  situation: Situation,
  volume: string,
  config: VolumeConfig,
  former: CloneVolumeState & { readonly path: string },
): PlannedData {
  const { told } = situation;
  const { path } = former;
  if (!isThere(situation, path)) {
    told.error(
      volumePath(volume, 'path'),
      `data volume ${volume}: ${path} is not on the host any more, and nothing is made in its place: bring it back, or take the volume out of \`volumes\``,
    );
  }
  const file = former.file ?? basename(path);
  if (typeof config.file === 'string' && config.file !== file) {
    told.error(
      volumePath(volume, 'file'),
      `data volume ${volume} is in ${file} and keeps its file for life, not ${config.file}: leave \`file\`, or give the other file a volume of its own`,
    );
  }
  if (typeof config.format === 'string' && config.format !== former.format) {
    told.error(
      volumePath(volume, 'format'),
      `data volume ${volume} is ${former.format}, not ${config.format}: its format is that of its file, leave it`,
    );
  }
  if (typeof config.seed === 'string' && config.seed !== former.seed) {
    told.warn(
      volumePath(volume, 'seed'),
      `data volume ${volume} is there already: seed ${config.seed} changes nothing of it`,
    );
  }
  refuseShrinking(situation, volume, config, former.size);
  return {
    path,
    file: config.file ?? file,
    format: config.format ?? former.format,
    seed: config.seed ?? former.seed,
    seed_sha256: config.seed_sha256 ?? (config.seed === null ? former.seed_sha256 : null),
    size: config.size ?? former.size,
  };
}

/** Where a data volume is that the clone does not use yet: one that it had comes back. */
function placeOf(
  situation: Situation,
  volume: string,
  { file }: VolumeConfig,
): { path: Maybe<string>; file: Maybe<string> } {
  if (file === UNKNOWN) return { path: UNKNOWN, file };
  const archived = situation.prior?.archived[volume];
  if (archived !== undefined && (file === null || file === basename(archived))) {
    if (!isThere(situation, archived)) {
      situation.told.error(
        volumePath(volume, 'path'),
        `data volume ${volume} was ${archived}, which is not on the host any more, and nothing is made in its place: bring it back, or say another \`file\``,
      );
    }
    return { path: archived, file: basename(archived) };
  }
  const name = file ?? dataFileName(situation.name, volume);
  return { path: pathIn(situation, name), file: name };
}

function seedDigest(config: VolumeConfig, below: Maybe<BaseVolume | undefined>): Maybe<string | null> {
  if (config.seed_sha256 !== null) return config.seed_sha256;
  if (config.seed !== null) return null;
  return below === UNKNOWN ? UNKNOWN : isSeeded(below) ? below.sha256 : null;
}

function formatOf({ seed }: VolumeConfig, below: Maybe<BaseVolume | undefined>): Maybe<string> {
  if (seed === UNKNOWN || (seed === null && below === UNKNOWN)) return UNKNOWN;
  return seed === null && below !== UNKNOWN && isSeeded(below) ? below.format : 'qcow2';
}

/** A file that is there is used as it is, with its content, unless another machine has it. */
function foundData(
  situation: Situation,
  volume: string,
  config: VolumeConfig,
  { path, capacity }: VolumeFacts,
): Maybe<number | null> {
  const { told, facts, name } = situation;
  const user = [...facts.listing.machines.values()].find(
    (machine) => machine.name !== name && diskFiles(machine, facts.storage.path).includes(path),
  )?.name;
  if (user !== undefined) {
    told.error(
      volumePath(volume, 'file'),
      `data volume ${volume}: ${path} is a disk of machine ${user}: say another \`file\`, or take it away from ${user}`,
    );
  } else {
    told.warn(
      volumePath(volume, 'path'),
      `data volume ${volume} is found again: ${path} is on the host (${formatSize(capacity)}) and is used with its content`,
    );
  }
  refuseShrinking(situation, volume, config, capacity);
  return config.size ?? capacity;
}

function newSize(
  situation: Situation,
  volume: string,
  config: VolumeConfig,
  below: Maybe<BaseVolume | undefined>,
  seed: Maybe<string | null>,
): Maybe<number | null> {
  if (config.size !== null) return config.size;
  if (below === UNKNOWN) return UNKNOWN;
  if (config.seed === null && below?.size !== undefined && below.size !== null) return below.size;
  // The image is asked when it is copied.
  if (seed !== null) return UNKNOWN;
  situation.told.error(
    volumePath(volume, 'size'),
    `data volume ${volume} is new, has no seed and no size: say its \`size\` in bytes`,
  );
  return null;
}

function refuseShrinking(
  { told }: Situation,
  volume: string,
  { size }: VolumeConfig,
  former: number | null,
): void {
  if (typeof size !== 'number' || former === null || wholeSectors(size) >= wholeSectors(former)) return;
  told.error(
    volumePath(volume, 'size'),
    `data volume ${volume} would shrink from ${formatSize(former)} to ${formatSize(size)}, which would cut its data off: say at least ${former}`,
  );
}

function isSeeded(below: BaseVolume | undefined): below is BaseVolume {
  return below !== undefined && below.seed !== null;
}
