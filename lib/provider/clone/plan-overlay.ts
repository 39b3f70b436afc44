import { basename } from 'node:path';
import { overlayFilePrefix, parseOverlayFileName } from '../../model/file-names';
import { formatSize, wholeSectors } from '../../model/size';
import type { KnownBase } from '../configuration';
import { UNKNOWN } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import type { CloneVolumeState, Maybe } from './clone-state';
import { volumePath } from '../diagnostics';
import type { Situation } from './situation';
import { factsOf, isKnown, isThere, pathIn } from './situation';

/** What a plan computes of an overlay. */
export type PlannedOverlay = {
  readonly [Name in 'size' | 'path' | 'backing' | 'backing_format']: Maybe<CloneVolumeState[Name]>;
};

const UNKNOWN_OVERLAY: PlannedOverlay = {
  size: UNKNOWN,
  path: UNKNOWN,
  backing: UNKNOWN,
  backing_format: UNKNOWN,
};

/** Which overlay a system or temporary volume gets: the one that it has, one that was kept, or a new one. */
export function planOverlay(situation: Situation, volume: string, config: VolumeConfig): PlannedOverlay {
  const { retired, base, prior, restoring } = situation;
  const former = prior?.volumes[volume]?.type === config.type ? prior.volumes[volume] : undefined;
  if (retired === true) return { ...noOverlay(config, former, situation, volume) };
  const unknown = !isKnown(retired) || !isKnown(base) || (prior !== null && !isKnown(restoring));
  if (unknown) return { ...UNKNOWN_OVERLAY, size: config.size ?? UNKNOWN };
  if (base === undefined) return UNKNOWN_OVERLAY;
  const below = base.volumes[volume];
  const backing = { backing: below?.path ?? null, backing_format: backed(below) ? below.format : null };
  const kept = keptOverlay(situation, volume, config, former);
  if (kept !== undefined) {
    const size = config.size ?? kept.size ?? below?.size ?? UNKNOWN;
    refuseShrinking(situation, volume, config, kept.size);
    return {
      path: kept.path,
      size,
      backing: kept.backing ?? backing.backing,
      backing_format: kept.format ?? backing.backing_format,
    };
  }
  return {
    path: newOverlayPath(situation, volume, base.name),
    size: freshSize(situation, volume, config),
    ...backing,
  };
}

/** The path of an overlay that is to be made. */
export function newOverlayPath(situation: Situation, volume: string, base: string): string {
  return pathIn(situation, `${overlayFilePrefix(situation.name, volume, base)}${situation.stamp}.qcow2`);
}

function noOverlay(
  config: VolumeConfig,
  former: CloneVolumeState | undefined,
  { base }: Situation,
  volume: string,
): PlannedOverlay {
  const below = isKnown(base) ? base?.volumes[volume] : undefined;
  return {
    size: config.size ?? former?.size ?? below?.size ?? null,
    path: null,
    backing: null,
    backing_format: null,
  };
}

interface Kept {
  readonly path: string;
  /** Bytes; `null` when it is not known. */
  readonly size: number | null;
  readonly backing?: string | null;
  readonly format?: string | null;
}

function keptOverlay(
  situation: Situation,
  volume: string,
  config: VolumeConfig,
  former: CloneVolumeState | undefined,
): Kept | undefined {
  const { prior, restoring, base } = situation;
  const name = base !== UNKNOWN ? base?.name : undefined;
  if (name === undefined || restoring === true) return undefined;
  const candidates = [
    prior?.base === name ? current(config, former) : undefined,
    prior?.base !== name ? marked(situation, volume, name) : undefined,
    prior?.base !== name && prior?.retain === name && config.type === 'system'
      ? retainedOverlay(situation, prior.retained[volume])
      : undefined,
  ].filter((one) => one !== undefined);
  const there = candidates.find(({ path }) => isThere(situation, path));
  if (there === undefined && candidates.length > 0) {
    situation.told.warn(
      volumePath(volume, 'path'),
      `volume ${volume}: ${candidates[0]!.path} is not on the host any more: a fresh overlay on ${name} is made; bring the file back before applying to keep it`,
    );
  }
  return there;
}

/** The overlay that it has; of another size a temporary volume is made anew, as it is reset all the time. */
function current(config: VolumeConfig, former: CloneVolumeState | undefined): Kept | undefined {
  if (former === undefined || former.path === null) return undefined;
  const { path, size, backing, backing_format: format } = former;
  const resized =
    typeof config.size === 'number' && size !== null && wholeSectors(config.size) !== wholeSectors(size);
  if (config.type === 'temporary' && resized) return undefined;
  return { path, size, backing, format };
}

function retainedOverlay(situation: Situation, path: string | undefined): Kept | undefined {
  return path === undefined ? undefined : { path, size: factsOf(situation, path)?.capacity ?? null };
}

/** The overlay of a run that broke off: its machine is defined on it, and the state does not know it yet. */
function marked(situation: Situation, volume: string, base: string): Kept | undefined {
  const path = situation.mark?.base === base ? situation.mark.volumes[volume] : undefined;
  if (path === undefined) return undefined;
  const parts = parseOverlayFileName(basename(path));
  const own = parts?.clone === situation.name && parts.volume === volume && parts.base === base;
  const there = own ? factsOf(situation, path) : undefined;
  return there ? { path, size: there.capacity } : undefined;
}

function refuseShrinking(
  situation: Situation,
  volume: string,
  { type, size }: VolumeConfig,
  former: number | null,
): void {
  if (type !== 'system' || typeof size !== 'number' || former === null) return;
  if (wholeSectors(size) >= wholeSectors(former)) return;
  situation.told.error(
    volumePath(volume, 'size'),
    `volume ${volume} would shrink from ${formatSize(former)} to ${formatSize(size)}: leave its size, or restore the clone as well (another \`restore\`), which makes it anew`,
  );
}

function freshSize(situation: Situation, volume: string, config: VolumeConfig): Maybe<number | null> {
  const { base, told } = situation;
  const below = base !== UNKNOWN ? base?.volumes[volume] : undefined;
  const least = backed(below) ? (below.size ?? sizeOnHost(situation, below)) : undefined;
  const { size } = config;
  if (typeof size === 'number' && least !== undefined && wholeSectors(size) < wholeSectors(least)) {
    told.error(
      volumePath(volume, 'size'),
      `volume ${volume} of ${formatSize(size)} is smaller than base volume ${basename(below!.path!)} with ${formatSize(least)}: say at least that, or leave it out`,
    );
  }
  const known = size ?? below?.size ?? least;
  if (known !== undefined) return known;
  if (backed(below)) return UNKNOWN;
  told.error(
    volumePath(volume, 'size'),
    `volume ${volume} is blank and has no size: say one here or in the base, in bytes`,
  );
  return null;
}

type BaseVolume = KnownBase['volumes'][string];

/** Of a raw base libvirt takes what a guest has written for its format. */
function sizeOnHost(
  situation: Situation,
  { format, path }: BaseVolume & { readonly path: string },
): number | undefined {
  return format === 'qcow2' ? factsOf(situation, path)?.capacity : undefined;
}

/** Whether there is a base volume that an overlay stands on. */
function backed(below: BaseVolume | undefined): below is BaseVolume & { readonly path: string } {
  return below !== undefined && below.path !== null;
}
