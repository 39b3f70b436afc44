import { posix } from 'node:path';
import { parseOverlayFileName } from '../../model/file-names';
import { didYouMean } from '../../model/names';
import type { VolumeType } from '../../model/volume-type';
import { parseTemporaryVolumes } from '../../tools/libvirt-xml';
import type { Configuration } from '../configuration';
import { errorAt, warningAt } from '../diagnostics';
import type { ListedMachine, VolumeFacts } from '../host/facts';
import type { Diagnostic, Read } from '../protocol/provider';
import { valueOf } from './apply';
import type { CloneState, CloneVolumeState } from './clone-state';
import { writtenIdentity } from './domain-xml-problems';
import type { ImportedDisk } from './imported-disks';
import { importedDisks, withoutOwnParts } from './imported-disks';
import { parseMark } from './mark';

const NONE = Buffer.alloc(0);

/** A disk of a machine that is taken as a volume of a clone. */
interface FoundVolume {
  readonly name: string;
  readonly base: string | undefined;
  readonly state: CloneVolumeState;
}

/**
 * Finds a clone by the name of its machine: one that the provider has made, by its mark, or one that the other dialects
 * have, by the names of its volumes and what they stand on.
 */
export async function importClone(id: string, configuration: Configuration): Promise<Read> {
  const { machines } = await configuration.listing.read();
  const machine = machines.get(id);
  if (!machine)
    return refused(`the host has no machine ${JSON.stringify(id)}: ${didYouMean(id, [...machines.keys()])}`);
  const volumes = await configuration.listing.facts();
  const { found, problems } = volumesOf(machine, volumes, configuration);
  if (problems.length > 0) return refused(...problems);
  const mark = parseMark(machine.xml);
  const bases = [...new Set(found.flatMap(({ base }) => base ?? []))];
  const base = mark?.name === id ? mark.base : bases[0];
  if (base === undefined)
    return refused(
      `machine ${id} has no disk that is an overlay of a base of regraft (${id}.VOLUME.BASE.TIME.qcow2): adopt it first (regraft adopt)`,
    );
  if (bases.length > 1)
    return refused(
      `machine ${id} has disks on several bases (${bases.join(', ')}), expected one: finish what broke off (regraft repair) first`,
    );
  const retained =
    mark?.name === id ? { retain: mark.retain, paths: mark.retained } : retainedOf(id, base, found, volumes);
  const state: CloneState = {
    name: id,
    base,
    retain: retained.retain,
    retired: null,
    volumes: Object.fromEntries(found.map(({ name, state: volume }) => [name, volume])),
    domain_xml: withoutOwnParts(machine.xml),
    autostart: machine.autostart,
    cloud_init: null,
    restore: null,
    data_on_destroy: 'keep',
    uuid: machine.uuid,
    macs: writtenIdentity(machine.xml).macs.filter((mac) => mac !== undefined),
    retained: retained.paths,
    archived: {},
    drift: [],
  };
  return { state: valueOf(state), private: NONE, diagnostics: told(state) };
}

function volumesOf(
  machine: ListedMachine,
  volumes: ReadonlyMap<string, VolumeFacts>,
  { storage }: Configuration,
): { found: FoundVolume[]; problems: string[] } {
  const found: FoundVolume[] = [];
  const problems: string[] = [];
  const temporary = new Set(parseTemporaryVolumes(machine.xml).map(({ path }) => path));
  const marked = new Map(
    Object.entries(parseMark(machine.xml)?.volumes ?? {}).map(([volume, path]) => [path, volume]),
  );
  for (const disk of importedDisks(machine.xml, storage)) {
    const listed = volumes.get(disk.path ?? '');
    // What was attached by hand from elsewhere stays as it is.
    if (disk.path === undefined || listed === undefined) continue;
    const overlay = overlayOf(machine.name, disk.path);
    const name = overlay?.volume ?? marked.get(disk.path) ?? dataName(disk.path, machine.name) ?? disk.serial;
    if (name === '') {
      problems.push(
        `disk ${disk.target} of machine ${machine.name} (${disk.path}) tells no volume by its file or serial: detach it, or adopt the machine (regraft adopt)`,
      );
      continue;
    }
    const isTemporary = temporary.has(disk.path) || (overlay !== undefined && listed.backing === undefined);
    const type = overlay === undefined ? 'data' : isTemporary ? 'temporary' : 'system';
    found.push({ name, base: overlay?.base, state: stateOf(type, disk, listed, volumes) });
  }
  return { found, problems };
}

function stateOf(
  type: VolumeType,
  { target, bus, boot, wwn, format }: ImportedDisk,
  { path, capacity, backing }: VolumeFacts,
  volumes: ReadonlyMap<string, VolumeFacts>,
): CloneVolumeState {
  const below = type === 'data' ? undefined : backing;
  return {
    type,
    size: capacity,
    bus,
    target,
    boot,
    wwn,
    seed: null,
    seed_sha256: null,
    format,
    file: type === 'data' ? posix.basename(path) : null,
    path,
    backing: below ?? null,
    backing_format: below === undefined ? null : (volumes.get(below)?.format ?? 'qcow2'),
  };
}

function overlayOf(clone: string, path: string): { volume: string; base: string } | undefined {
  const parsed = parseOverlayFileName(posix.basename(path));
  return parsed?.clone === clone ? parsed : undefined;
}

/** The system overlays on another base that no machine has: one base of them is the way back. */
function retainedOf(
  clone: string,
  base: string,
  found: readonly FoundVolume[],
  volumes: ReadonlyMap<string, VolumeFacts>,
): { retain: string | null; paths: Record<string, string> } {
  const systems = new Set(found.filter(({ state }) => state.type === 'system').map(({ name }) => name));
  const others = [...volumes.values()].flatMap(({ path, backing }) => {
    const parsed = parseOverlayFileName(posix.basename(path));
    return parsed?.clone === clone &&
      parsed.base !== base &&
      systems.has(parsed.volume) &&
      backing !== undefined
      ? [{ ...parsed, path }]
      : [];
  });
  // The last that was made: names end in the time.
  const [last] = others.sort((one, other) => (timeOf(one.path) < timeOf(other.path) ? 1 : -1));
  if (last === undefined) return { retain: null, paths: {} };
  const own = others.filter((one) => one.base === last.base).reverse();
  return { retain: last.base, paths: Object.fromEntries(own.map(({ volume, path }) => [volume, path])) };
}

function timeOf(path: string): string {
  return /\.(\d{14})\.qcow2$/.exec(path)?.[1] ?? '';
}

/** The volume that a data volume's file names, of a clone's own. */
function dataName(path: string, clone: string): string | undefined {
  const [, owner, volume] = /^([^./]+)\.([^./]+)\.data\.qcow2$/.exec(posix.basename(path)) ?? [];
  return owner === clone ? volume : undefined;
}

function told({ name, retain, volumes }: CloneState): Diagnostic[] {
  const types = Object.entries(volumes).map(([volume, { type }]) => `${volume}: ${type}`);
  return [
    warningAt(
      `clone ${name} is imported with ${types.join(', ')}${retain === null ? '' : `, base ${retain} retained`}: compare that with its configuration before the first apply`,
    ),
  ];
}

function refused(...summaries: string[]): Read {
  return { state: null, private: NONE, diagnostics: summaries.map((summary) => errorAt(summary)) };
}
