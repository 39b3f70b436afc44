import type { Manifest, ManifestHost } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { DiskFact, DomainFact, HostFacts } from '../review';
import type { DiskSource, DiskXml, VolumeXml } from '../tools/libvirt-xml';
import type { Surroundings } from '../tools/process';
import type { DomainState, VolumeKey } from '../tools/virsh';
import { Virsh } from '../tools/virsh';
import { Volumes } from '../tools/volumes';
import { withBackingFormats } from './backing-formats';
import { reachOf } from './hosts';
import type { StackContent } from './stacks';

/** What libvirt says of a stack's hosts, and why it was not asked of the others. */
export interface CollectedFacts {
  readonly facts: readonly HostFacts[];
  /** One line for each host that could not be asked. */
  readonly notices: readonly string[];
}

/** Asks libvirt for all that the judge wants to know, of each host that can be reached without a password. */
export async function collectFacts(
  hosts: Manifest['hosts'],
  content: StackContent,
  surroundings: Surroundings,
): Promise<CollectedFacts> {
  const answers = await Promise.all(
    Object.entries(hosts).map(async ([name, host]): Promise<HostFacts | string> => {
      const answer = await askHost(name, host, content, surroundings);
      if ('obstacle' in answer) return `${answer.obstacle}; ${UNKNOWN}`;
      try {
        return await withBackingFormats(answer.facts, new Volumes(answer.uri, host.storage, surroundings));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return `libvirt on host ${name} is not reachable any more (${error.message}); ${UNKNOWN}`;
      }
    }),
  );
  return {
    facts: answers.filter((answer) => typeof answer !== 'string'),
    notices: answers.filter((answer) => typeof answer === 'string'),
  };
}

/** What libvirt says of one host and where it was asked, or why it could not be. */
export async function askHost(
  name: string,
  host: ManifestHost,
  content: StackContent,
  surroundings: Surroundings,
): Promise<{ readonly facts: HostFacts; readonly uri: string } | { readonly obstacle: string }> {
  const reach = reachOf(name, host, content);
  if ('obstacle' in reach) return { obstacle: `host ${name} is not asked: ${reach.obstacle}` };
  try {
    return { facts: await hostFacts(name, host, new Virsh(reach.uri, surroundings)), uri: reach.uri };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { obstacle: `libvirt on host ${name} is not reachable (${error.message})` };
  }
}

const UNKNOWN = 'what runs there, real backing chains and free space are not judged';

/**
 * Asks libvirt for all that the judge wants to know of one host.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function hostFacts(name: string, host: ManifestHost, virsh: Virsh): Promise<HostFacts> {
  const [pool, domains] = await Promise.all([virsh.storagePool(host.storage), virsh.domains()]);
  const volumes = pool?.active ? await virsh.volumes(host.storage) : [];
  const known = await chainVolumes(virsh, host.storage, volumes, domains);
  return {
    host: name,
    domains: domains.map((domain) => domainFact(domain, known, host)),
    volumes,
    // A storage pool that is not there yet has no end that is known.
    available: pool?.active ? pool.available : Number.POSITIVE_INFINITY,
  };
}

function domainFact(
  { name, uuid, running, disks }: DomainState,
  known: ReadonlyMap<string, VolumeXml>,
  host: ManifestHost,
): DomainFact {
  return {
    name,
    uuid,
    running,
    disks: disks.map((disk) => diskFact(disk, known, host)),
  };
}

function diskFact(
  { target, device, source, backingChain }: DiskXml,
  known: ReadonlyMap<string, VolumeXml>,
  host: ManifestHost,
): DiskFact {
  const path = source && 'path' in source ? source.path : known.get(keyOf(source))?.path;
  return {
    target,
    device,
    ...(path === undefined ? missingVolume(source, host) : { path }),
    // A machine that is off has no chain of its own in libvirt, its volumes say it.
    backingChain: backingChain && backingChain.length > 0 ? backingChain : chainOf(path, known),
  };
}

/** Another storage pool than regraft's own may be off: nothing is said of its volumes. */
function missingVolume(source: DiskSource, { storage, path }: ManifestHost): Pick<DiskFact, 'missing'> {
  if (source === undefined || 'path' in source || source.pool !== storage) return {};
  return { missing: `${path}/${source.volume}` };
}

function chainOf(path: string | undefined, known: ReadonlyMap<string, VolumeXml>): string[] {
  const chain: string[] = [];
  for (let next = path && known.get(path)?.backing; next; next = known.get(next)?.backing) {
    if (chain.includes(next)) break;
    chain.push(next);
  }
  return chain;
}

/** Every volume that stands below a machine, whatever storage pool it is in: by its path, and by pool and name. */
async function chainVolumes(
  virsh: Virsh,
  pool: string,
  own: readonly VolumeXml[],
  domains: readonly DomainState[],
): Promise<Map<string, VolumeXml>> {
  const known = new Map<string, VolumeXml>();
  for (const volume of own) known.set(volume.path, volume).set(keyOf({ pool, volume: volume.name }), volume);
  const asked = new Set(known.keys());
  let wanted = domains.flatMap(({ disks }) => disks.map(({ source }) => source));
  while (wanted.length > 0) {
    const fresh = new Map(wanted.map((source) => [keyOf(source), source]));
    for (const key of [...fresh.keys()]) if (key === '' || asked.has(key)) fresh.delete(key);
    const found = await virsh.lookUp([...fresh.values()].map(volumeKey));
    [...fresh.keys()].forEach((key, index) => {
      asked.add(key);
      const volume = found[index];
      if (volume) known.set(key, volume).set(volume.path, volume);
    });
    wanted = found.flatMap((volume) => (volume?.backing === undefined ? [] : [{ path: volume.backing }]));
  }
  return known;
}

function keyOf(source: DiskSource): string {
  if (source === undefined) return '';
  return 'path' in source ? source.path : `${source.pool}\n${source.volume}`;
}

function volumeKey(source: DiskSource): VolumeKey {
  return source === undefined || 'path' in source
    ? { path: source?.path ?? '' }
    : { pool: source.pool, name: source.volume };
}
