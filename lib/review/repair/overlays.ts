import type { VolumeFact } from '../facts';
import type { KnownClone, RepairCase } from './case';
import type { RepairHost } from './given';

const OVERLAY = /^([^.]+)\.([^.]+)\.([^.]+)\.\d{14}\.qcow2$/;
const CLOUD_INIT = /^([^.]+)\.cloud-init\.\d{14}\.iso$/;

/** Files with the name of a clone's overlay or cloud-init volume that no state names: what is certainly an orphan goes. */
export function planOverlays(given: RepairCase, host: RepairHost): void {
  const clones = given.clones(host.host);
  for (const volume of host.volumes) {
    const [, clone, name, base] = OVERLAY.exec(volume.name) ?? CLOUD_INIT.exec(volume.name) ?? [];
    const known = clone === undefined ? undefined : clones.get(clone);
    // A storage pool may have other stacks' volumes in it: what is of no clone here is not spoken of.
    if (clone === undefined || !known || given.isNamed(host.host, volume)) continue;
    const about = { host: host.host, clone, what: volume.name };
    const why =
      name === undefined || base === undefined
        ? whyCloudInitStays(given, host, volume, clone)
        : whyOverlayStays(given, host, volume, { clone, name, base, known });
    if (why !== undefined) given.add({ kind: 'leave', ...about, why });
    else {
      given.add({
        kind: base === undefined ? 'delete-cloud-init' : 'delete-overlay',
        ...about,
        file: volume.name,
        path: volume.path,
        why: 'a run that broke off has left it: neither the state nor a machine nor a volume has it',
      });
    }
  }
}

interface OverlayName {
  readonly clone: string;
  readonly name: string;
  readonly base: string;
  readonly known: readonly KnownClone[];
}

/** Why a file with an overlay's name is not deleted; `undefined` when it is an overlay that nobody has. */
function whyOverlayStays(
  given: RepairCase,
  host: RepairHost,
  volume: VolumeFact,
  { clone, name, base, known }: OverlayName,
): string | undefined {
  const types = known.flatMap(({ entry }) => entry.volumes[name]?.type ?? []);
  if (types.length === 0)
    return `clone ${clone} has no volume ${name}: delete it by hand when nobody needs it`;
  if (types.includes('data')) return `volume ${name} of clone ${clone} is a data volume`;
  if (volume.format !== 'qcow2') return `its format is ${volume.format ?? 'not known'}, expected qcow2`;
  const backing = given.backingOf(host, base, name);
  if (backing === undefined)
    return `no base ${base} with a volume ${name} is known: delete it by hand when nobody needs it`;
  if ((volume.backing ?? null) !== backing)
    return `it stands on ${volume.backing ?? 'no backing file'}, expected ${backing ?? 'none'}: it is not regraft's`;
  const user = given.userOf(host, volume.path);
  if (user !== undefined)
    return `${user} has it, though the state does not: after the next apply repair again`;
  return whyItMayBeLost(given, host, volume, { clone, name, base });
}

/** An overlay that the state should have and has not may be the very one that it has lost, and not a new one. */
function whyItMayBeLost(
  given: RepairCase,
  host: RepairHost,
  { name: file }: VolumeFact,
  { clone, name, base }: Omit<OverlayName, 'known'>,
): string | undefined {
  const missing = given
    .roles(host.host, 'all')
    .filter(
      ([address, role]) =>
        (role.role === 'overlay' || role.role === 'retained') &&
        role.clone === clone &&
        role.volume === name &&
        role.base === base &&
        given.objectsAt(address).length === 0,
    );
  const [first] = missing;
  if (!first) return undefined;
  const [address] = first;
  const blank = given.content({ ask: 'blank', host: host.host, file });
  if (blank) return undefined;
  return `something was written to it, and the state has nothing at ${address}: it may have been lost from the state; write it back there (docs/repair.md), or delete it by hand`;
}

function whyCloudInitStays(
  given: RepairCase,
  host: RepairHost,
  volume: VolumeFact,
  clone: string,
): string | undefined {
  const wanted = given
    .roles(host.host, 'all')
    .some(([, role]) => role.role === 'cloud-init' && role.clone === clone);
  if (!wanted) return `clone ${clone} has no cloud-init: delete it by hand when nobody needs it`;
  if (volume.backing !== undefined) return `it stands on ${volume.backing}: it is not regraft's`;
  const user = given.userOf(host, volume.path);
  return user && `${user} has it, though the state does not: after the next apply repair again`;
}
