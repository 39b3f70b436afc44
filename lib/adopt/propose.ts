import { formatSize } from '../model/size';
import type { Candidate } from './candidate';
import { candidateOf } from './candidate';
import { HostIndex } from './host';
import { baseNameOf, freeName, poolNameOf } from './names';
import { proposedPool } from './pool';
import type { AdoptGiven, LeftMachine, Proposal } from './proposal';

/**
 * What machines of a host become: a base and a pool for each image that machines boot from overlays on.
 *
 * Of the machines on one image, those that have the same outline and shape become its pool, the largest such set; all
 * others are told with what they differ in. Same host, same proposal.
 */
export function propose(given: AdoptGiven): Proposal {
  const index = new HostIndex(given.contents, given.headers);
  const left: LeftMachine[] = [];
  const families = new Map<string, Candidate[]>();
  const wanted = given.contents.domains
    .filter(({ name }) => given.domains.length === 0 || given.domains.includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const domain of wanted) {
    const found = candidateOf(given, index, domain);
    if (Array.isArray(found)) {
      left.push({ machine: domain.name, reasons: found });
      continue;
    }
    const image = imageOf(found);
    if (given.base !== undefined && !isNamed(given.base, image.path)) {
      left.push({ machine: domain.name, reasons: [`it stands on ${image.path}, not on ${given.base}`] });
      continue;
    }
    families.set(image.identity, [...(families.get(image.identity) ?? []), found]);
  }
  const taken = { bases: new Set<string>(), pools: new Set<string>() };
  const pools = [...families.values()].map((family) => {
    const [largest, others] = largestOf(family);
    left.push(...others);
    const base = freeName(baseNameOf(imageOf(largest[0]!).name ?? 'base'), taken.bases);
    taken.bases.add(base);
    const names = largest.map(({ domain }) => domain.name);
    const pool = freeName(given.pool ?? poolNameOf(names, base), taken.pools);
    taken.pools.add(pool);
    return proposedPool(given, index, { pool, base }, largest);
  });
  return { pools, left: left.sort((a, b) => (a.machine < b.machine ? -1 : 1)) };
}

function imageOf({ volumes, boot }: Candidate): NonNullable<CandidateVolume['backing']>['file'] {
  return volumes.get(boot)!.backing!.file;
}

type CandidateVolume = Candidate['volumes'] extends ReadonlyMap<string, infer Volume> ? Volume : never;

function isNamed(base: string, path: string): boolean {
  return base === path || path.endsWith(`/${base}`);
}

/** The largest set of machines that are alike, and all others with what they differ in. */
function largestOf(family: readonly Candidate[]): [Candidate[], LeftMachine[]] {
  const sets = new Map<string, Candidate[]>();
  for (const candidate of family) {
    const key = JSON.stringify(traitsOf(candidate));
    sets.set(key, [...(sets.get(key) ?? []), candidate]);
  }
  const [largest = []] = [...sets.values()].sort((a, b) => b.length - a.length);
  const traits = traitsOf(largest[0]!);
  const others = family.filter((candidate) => !largest.includes(candidate));
  return [
    largest,
    others.map((candidate) => {
      const own = traitsOf(candidate);
      const names = [...new Set([...Object.keys(traits), ...Object.keys(own)])];
      const differing = names.filter((name) => traits[name] !== own[name]);
      return {
        machine: candidate.domain.name,
        reasons: differing.map(
          (name) =>
            `its ${name} is ${own[name] ?? 'not there'}, that of ${largest.map(({ domain }) => domain.name).join(', ')} ${traits[name] ?? 'not there'}: adopt it into a pool of its own by its name`,
        ),
      };
    }),
  ];
}

/** All in which the clones of a pool are the same, in words. */
function traitsOf({ volumes, defined, autostart }: Candidate): Record<string, string> {
  const { vcpus, memory, firmware, graphics, networks, ...shape } = defined.machine;
  const outline = [...volumes].map(([name, { type, bus, file, format, backing }]): [string, string] => [
    `volume ${name}`,
    [
      ...[type, bus],
      // Data volumes keep formats and sizes of their own, and whatever they stand on.
      ...(type === 'data'
        ? []
        : [
            format,
            formatSize(file.capacity),
            ...(backing ? [`on ${backing.file.path}`, backing.format] : ['blank']),
          ]),
    ].join(' '),
  ]);
  return {
    'storage pool': [...volumes.values()][0]!.file.pool,
    ...Object.fromEntries(outline),
    ...Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, String(value)])),
    firmware: Object.values(firmware).join(' '),
    graphics: Object.values(graphics).join(' '),
    networks: networks.map((network) => Object.values(network).join(' ')).join(', ') || 'none',
    autostart: String(autostart),
  };
}
