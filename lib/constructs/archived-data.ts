import type { AdoptedVolume, GivenData, KeptData } from '../model/clone';
import { dataFileName } from '../model/file-names';
import { didYouMean, nameProblem } from '../model/names';
import { volumeOrder } from '../model/outline';
import { adoptedVolumesOf } from './adopted-volumes';
import type { AnyPool, AnyPoolProps } from './any-outline';
import type { ArchivedData } from './volume';

/** Whose a data volume is. */
interface Owner {
  readonly clone: string;
  readonly volume: string;
}

type DataByClone = ReadonlyMap<string, Readonly<Record<string, ArchivedData>>>;

/** The data volumes that clones of a pool take over from retired ones, by clone. */
export function dataByClone({ overrides = {} }: AnyPoolProps): DataByClone {
  return new Map(
    Object.entries(overrides).map(([clone, { data = {} }]) => [
      clone,
      Object.fromEntries(
        Object.entries(data).flatMap(([volume, one]) => (one === undefined ? [] : [[volume, one]])),
      ),
    ]),
  );
}

/** What the data volumes of one clone keep that others had before it: those that it takes over, and those from before regraft. */
export function keptDataOf(pool: string, clone: string, props: AnyPoolProps): KeptData {
  const all = dataByClone(props);
  const adoptedBy = (owner: string): Record<string, AdoptedVolume> =>
    adoptedVolumesOf(props.adopted?.[owner]);
  const given: Record<string, GivenData> = {};
  const adopted = adoptedBy(clone);
  for (const [volume, { of }] of Object.entries(all.get(clone) ?? {})) {
    const owners = ownersOf(all, of);
    const [last, ...earlier] = owners.map((one) => `${pool}/${one}`);
    // A file keeps its name however often it is given on.
    const first = ownerOf(owners.at(-1)!);
    const theirs = adoptedBy(first.clone)[first.volume];
    const file = theirs?.file ?? dataFileName(first.clone, first.volume);
    given[volume] = { from: [last!, ...earlier], file };
    if (theirs) adopted[volume] = theirs;
  }
  return { given, adopted };
}

/** The volumes of retired clones that another clone has taken over, as `CLONE/VOLUME`. */
export function handedOver(props: AnyPoolProps): Set<string> {
  return new Set([...dataByClone(props).values()].flatMap((data) => Object.values(data).map(({ of }) => of)));
}

/** Whose a volume was, as `CLONE/VOLUME`, the last first. */
function ownersOf(all: DataByClone, of: string): string[] {
  const found: string[] = [];
  // One that is given in a circle is refused by the validation.
  for (let next: string | undefined = of; next !== undefined && !found.includes(next);) {
    found.push(next);
    const { clone, volume } = ownerOf(next);
    next = all.get(clone)?.[volume]?.of;
  }
  return found;
}

function ownerOf(of: string): Owner {
  const [clone = '', volume = ''] = of.split('/');
  return { clone, volume };
}

/** What is wrong with the data that clones of a pool take over, one message each. */
export function archivedDataProblems(pool: AnyPool, props: AnyPoolProps): string[] {
  const all = dataByClone(props);
  const owners = new Map<string, string[]>();
  for (const [clone, data] of all) {
    for (const [volume, { of }] of Object.entries(data))
      owners.set(of, [...(owners.get(of) ?? []), `${clone}/${volume}`]);
  }
  const shared = [...owners]
    .filter(([, takers]) => takers.length > 1)
    .map(
      ([of, takers]) =>
        `pool ${pool.name}: the archived volume ${of} is given to ${takers.join(' and ')}: give it to one`,
    );
  const single = [...all].flatMap(([clone, data]) =>
    Object.entries(data).flatMap(([volume, archived]) => problemsOf(pool, props, clone, volume, archived)),
  );
  return [...shared, ...single];
}

function problemsOf(
  { name, base, retired }: AnyPool,
  props: AnyPoolProps,
  clone: string,
  volume: string,
  archived: ArchivedData,
): string[] {
  const who = `clone ${clone}: data volume ${volume}`;
  const parts = archived.of.split('/');
  const bad = parts.map((part) => nameProblem('part', part)).filter((problem) => problem !== undefined);
  if (parts.length !== 2 || bad.length > 0) {
    return [
      `${who} is Volume.archived(${JSON.stringify(archived.of)}), expected 'CLONE/VOLUME' of a retired clone, such as 'student-07/home'`,
    ];
  }
  const { outline, boot } = base.image;
  const own = Object.keys(props.overrides?.[clone]?.volumes ?? {});
  const known = [...volumeOrder(outline, boot).filter((one) => outline[one]!.type === 'data'), ...own];
  const { clone: giver } = ownerOf(archived.of);
  return [
    ...(known.includes(volume)
      ? []
      : [`${who} is given to it, but it has no such data volume: ${didYouMean(volume, known)}`]),
    ...(props.clones.includes(giver) && !retired.includes(giver)
      ? [`${who} is given from clone ${giver}, which is in pool ${name}: name it in retired first`]
      : []),
    ...(giver === clone
      ? [
          `${who} is given from the clone itself: drop the entry, a clone that is brought back has its own data`,
        ]
      : []),
  ];
}
