import { wholeSectors } from '../../model/size';
import { UserError } from '../../model/user-error';
import type { KnownBase } from '../configuration';
import type { CloneState, CloneVolumeState } from './clone-state';
import { composeDomain } from './domain-xml';
import { dataPaths } from './paths';

/** An overlay that is to be made. */
export interface NewOverlay {
  readonly volume: string;
  readonly path: string;
  /** The virtual size in bytes; `null` when it is the backing volume's. */
  readonly size: number | null;
  /** What it stands on; `null` for a blank one. */
  readonly backing: { readonly path: string; readonly format: string } | null;
  /** Whether it is only kept as the way back and no machine uses it. */
  readonly retained: boolean;
}

/** A data volume that is to be made, unless its file is on the host already: then it is used as it is. */
export interface NewData {
  readonly volume: string;
  readonly path: string;
  /** The virtual size in bytes; `null` when it is the seed's, or that of the file that is there. */
  readonly size: number | null;
  readonly format: string;
  /** The image file that it is a full copy of; `null` for an empty one. */
  readonly seed: string | null;
  readonly seedSha256: string | null;
}

/** A volume that is to be at least so large; one that is larger is left alone. */
export interface Growth {
  readonly volume: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A cloud-init medium that is to be made. */
export interface NewMedium {
  readonly path: string;
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string | null;
}

/** What an apply has to do on the host, in no order. */
export interface CloneChanges {
  readonly overlays: readonly NewOverlay[];
  readonly data: readonly NewData[];
  readonly grow: readonly Growth[];
  readonly medium: NewMedium | undefined;
  /** Whether the machine's disks are others afterwards, so that it must be off meanwhile. */
  readonly disks: boolean;
  /** Whether the machine's definition is another one afterwards; whether the host has it already is not looked at. */
  readonly definition: boolean;
  /** Whether a machine that stays is to start with the host, or no longer is. */
  readonly autostart: boolean;
  /** What becomes of the machine. */
  readonly machine: 'none' | 'make' | 'keep' | 'remove';
  /** The paths of overlays and cloud-init media that go, once no machine uses them. */
  readonly removed: readonly string[];
  /** The paths of data volumes that the code has asked to delete (`data_on_destroy = "purge"`). */
  readonly purged: readonly string[];
}

/**
 * What becomes of a clone: from one state (`null`: it is to be made) to another (`null`: it is to be destroyed).
 *
 * @param bases those that are known in this process; asked only for the backing of retained overlays that are made anew
 * @throws UserError when such a base is not known
 */
export function changesOf(
  prior: CloneState | null,
  planned: CloneState | null,
  bases: ReadonlyMap<string, KnownBase> = new Map(),
): CloneChanges {
  const [before, after] = [pathsOf(prior), pathsOf(planned)];
  const overlays = [...newOverlays(before, planned), ...newRetained(before, planned, bases)];
  const [had, has] = [hasMachine(prior), hasMachine(planned)];
  return {
    overlays,
    data: newData(prior, planned),
    grow: growthOf(prior, planned, overlays),
    medium: newMedium(before, planned),
    disks: had && (!has || openFiles(prior!) !== openFiles(planned!)),
    definition: has && (!had || prior!.drift.length > 0 || composeDomain(prior!) !== composeDomain(planned!)),
    autostart: had && has && prior!.autostart !== planned!.autostart,
    machine: machineChange(had, has),
    removed: [...before].filter((path) => !after.has(path)),
    purged: purgedBy(prior, planned),
  };
}

function machineChange(had: boolean, has: boolean): CloneChanges['machine'] {
  if (had) return has ? 'keep' : 'remove';
  return has ? 'make' : 'none';
}

/** Whether a clone in this state has a machine. */
export function hasMachine(state: CloneState | null): boolean {
  return state !== null && state.retired !== true;
}

/** The overlays and the cloud-init medium of a state; data volumes are no part of it. */
function pathsOf(state: CloneState | null): Set<string> {
  if (state === null) return new Set();
  const overlays = Object.values(state.volumes).flatMap(({ type, path }) =>
    type === 'data' || path === null ? [] : [path],
  );
  const medium = state.cloud_init?.path ?? null;
  return new Set([...overlays, ...Object.values(state.retained), ...(medium === null ? [] : [medium])]);
}

function newOverlays(before: ReadonlySet<string>, planned: CloneState | null): NewOverlay[] {
  return Object.entries(planned?.volumes ?? {}).flatMap(([volume, state]) => {
    if (state.type === 'data' || state.path === null || before.has(state.path)) return [];
    const { path, size, backing, backing_format: format } = state;
    return [
      {
        volume,
        path,
        size,
        backing: backing === null ? null : { path: backing, format: format ?? 'qcow2' },
        retained: false,
      },
    ];
  });
}

function newRetained(
  before: ReadonlySet<string>,
  planned: CloneState | null,
  bases: ReadonlyMap<string, KnownBase>,
): NewOverlay[] {
  return Object.entries(planned?.retained ?? {}).flatMap(([volume, path]) => {
    if (before.has(path)) return [];
    const below = bases.get(planned!.retain!)?.volumes[volume];
    if (below === undefined || below.path === null) {
      throw new UserError(
        `clone ${planned!.name}: base ${planned!.retain} is not known, on which volume ${volume} is to be retained: refer to it (regraft_base.NAME.name)`,
      );
    }
    const size = planned!.volumes[volume]?.size ?? null;
    return [{ volume, path, size, backing: { path: below.path, format: below.format }, retained: true }];
  });
}

function newData(prior: CloneState | null, planned: CloneState | null): NewData[] {
  const known = dataPathsOf(prior);
  return dataOf(planned).flatMap(([volume, { path, size, format, seed, seed_sha256: seedSha256 }]) =>
    known.has(path) ? [] : [{ volume, path, size, format, seed, seedSha256 }],
  );
}

/** The data volumes of a state, by name. */
function dataOf(state: CloneState | null): [string, CloneVolumeState & { readonly path: string }][] {
  return Object.entries(state?.volumes ?? {}).flatMap(([volume, one]) =>
    one.type === 'data' && one.path !== null ? [[volume, { ...one, path: one.path }]] : [],
  );
}

/** The paths of all data volumes that a state knows, in use or archived. */
export function dataPathsOf(state: CloneState | null): Set<string> {
  return new Set(state === null ? [] : [...dataPaths(state), ...Object.values(state.archived)]);
}

/** Kept volumes that are larger in the plan, and those that come back into use, whose size the state does not know. */
function growthOf(
  prior: CloneState | null,
  planned: CloneState | null,
  made: readonly NewOverlay[],
): Growth[] {
  const sizes = new Map(Object.values(prior?.volumes ?? {}).map(({ path, size }) => [path, size]));
  const back = new Set([...Object.values(prior?.retained ?? {}), ...Object.values(prior?.archived ?? {})]);
  const fresh = new Set(made.map(({ path }) => path));
  return Object.entries(planned?.volumes ?? {}).flatMap(([volume, { path, size }]) => {
    if (path === null || size === null || fresh.has(path)) return [];
    const former = sizes.get(path);
    const larger = former !== undefined && former !== null && wholeSectors(size) > wholeSectors(former);
    return larger || back.has(path) ? [{ volume, path, size }] : [];
  });
}

function newMedium(before: ReadonlySet<string>, planned: CloneState | null): NewMedium | undefined {
  const medium = planned?.cloud_init ?? null;
  if (medium === null || medium.path === null || before.has(medium.path)) return undefined;
  const { path, user_data: userData, meta_data: metaData, network_config: networkConfig } = medium;
  return { path, userData, metaData, networkConfig };
}

/** What a machine has open, by the names of its volumes. */
function openFiles(state: CloneState): string {
  const files = Object.entries(state.volumes).map(([volume, { path }]) => [volume, path]);
  return JSON.stringify([files.sort(), state.cloud_init?.path ?? null]);
}

/** Only destroying a clone deletes data volumes; those that are archived stay even then. */
function purgedBy(prior: CloneState | null, planned: CloneState | null): string[] {
  if (planned !== null || prior?.data_on_destroy !== 'purge') return [];
  return dataPaths(prior);
}
