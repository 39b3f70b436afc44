import type { BaseImage } from './base';
import { knownOutline } from './base';
import { didYouMean } from './names';
import { volumeOrder } from './outline';
import { compareOutlines } from './outline-comparison';
import type { VolumeType } from './volume-type';
import type { WaveSize } from './waves';
import { waveProblems } from './waves';

/** What a rebase does to a volume. */
export type VolumeFate = 'replaced' | 'reset' | 'kept';

/** What becomes of one volume, and why. */
export interface PlannedVolume {
  readonly volume: string;
  readonly type: VolumeType;
  readonly fate: VolumeFate;
  readonly why: string;
}

/** What becomes of one clone. */
export interface PlannedClone {
  readonly clone: string;
  /** Whether it moves onto the new base. */
  readonly rebased: boolean;
  readonly volumes: readonly PlannedVolume[];
}

/** A rebase as data: every clone and every volume, what becomes of it, and why. */
export interface RebasePlan {
  readonly version: 1;
  readonly pool: string;
  readonly from: string;
  readonly to: string;
  /** Whether the old system overlays stay as the way back. */
  readonly retain: boolean;
  /** How many clones have moved when each wave is over; left out when all move at once. */
  readonly waves?: readonly WaveSize[];
  readonly clones: readonly PlannedClone[];
}

/** What {@link planRebase} needs to know of a pool. */
export interface RebasedPool {
  readonly name: string;
  readonly clones: readonly { readonly name: string; readonly extraData: readonly string[] }[];
}

/** What a rebase asks for. */
export interface RebaseRequest {
  readonly pool: RebasedPool;
  readonly from: BaseImage;
  readonly to: BaseImage;
  /** The chosen clones. @default all of the pool */
  readonly clones?: readonly string[];
  /** Clones that are held back although they are chosen. @default none */
  readonly held?: readonly string[];
  /** @default true */
  readonly retain?: boolean;
  /** How many clones have moved when each wave is over. @default all at once */
  readonly waves?: readonly WaveSize[];
}

/** All that stands in the way of a rebase, one message each; empty when nothing does. */
export function rebaseProblems({ pool, from, to, clones, waves = [] }: RebaseRequest): string[] {
  const known = pool.clones.map(({ name }) => name);
  const problems = (clones ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => `clone ${JSON.stringify(name)} is not in pool ${pool.name}: ${didYouMean(name, known)}`);
  const doubled = (clones ?? []).filter((name, index, all) => all.indexOf(name) !== index);
  problems.push(
    ...[...new Set(doubled)].map((name) => `clone ${JSON.stringify(name)} is named twice: name it once`),
  );
  if (clones?.length === 0)
    problems.push(
      `clones is empty: name at least one clone of pool ${pool.name}, or leave clones out to rebase all`,
    );
  if (from.name === to.name)
    problems.push(`pool ${pool.name} is on base ${to.name} already: rebase it onto another base`);
  if (to.retired)
    problems.push(`base ${to.name} is retired: drop retired from it, or rebase onto another base`);
  const comparison = compareOutlines(knownOutline(from), knownOutline(to), {
    current: from.name,
    next: to.name,
  });
  if (!comparison.same) {
    problems.push(
      `base ${to.name} has another storage outline than ${from.name}: ${comparison.differences.join('; ')}. A rebase needs the same volumes\n${comparison.diff}`,
    );
  } else if (from.boot !== to.boot) {
    problems.push(
      `base ${to.name} boots from volume ${to.boot}, base ${from.name} from ${from.boot}: set boot on the same volume of both`,
    );
  }
  return [...problems, ...seedFormatProblems(from, to), ...waveProblems(waves)];
}

/** A data volume keeps the format that it was made in; a machine that took it for another one would destroy it. */
function seedFormatProblems(from: BaseImage, to: BaseImage): string[] {
  const formatOf = (base: BaseImage, volume: string): string => base.seeds[volume]?.format ?? 'qcow2';
  return Object.keys(from.outline)
    .filter(
      (volume) => to.outline[volume]?.type === 'data' && formatOf(from, volume) !== formatOf(to, volume),
    )
    .map(
      (volume) =>
        `volume ${volume} is ${formatOf(to, volume)} on base ${to.name} and ${formatOf(from, volume)} on ${from.name}: a data volume keeps its format, say the same seedFormat`,
    );
}

/**
 * Plans a rebase: system volumes replaced, temporary volumes reset, data volumes kept.
 *
 * @throws Error when {@link rebaseProblems} finds any
 */
export function planRebase(request: RebaseRequest): RebasePlan {
  const problems = rebaseProblems(request);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { pool, from, to, clones, held = [], retain = true, waves = [] } = request;
  const chosen = new Set(clones ?? pool.clones.map(({ name }) => name));
  for (const name of held) chosen.delete(name);
  return {
    version: 1,
    pool: pool.name,
    from: from.name,
    to: to.name,
    retain,
    ...(waves.length === 0 ? {} : { waves }),
    clones: pool.clones.map(({ name, extraData }) => {
      const rebased = chosen.has(name);
      const volumes = volumeOrder(from.outline, from.boot).map((volume) => {
        const { type } = from.outline[volume]!;
        return { volume, type, ...(rebased ? fateOf(type, from, to, retain) : LEFT_ALONE) };
      });
      const extra = extraData.map((volume) => ({
        volume,
        type: 'data' as const,
        ...(rebased ? fateOf('data', from, to, retain) : LEFT_ALONE),
      }));
      return { clone: name, rebased, volumes: [...volumes, ...extra] };
    }),
  };
}

const LEFT_ALONE = { fate: 'kept', why: 'the clone is no part of this rebase' } as const;

function fateOf(
  type: VolumeType,
  from: BaseImage,
  to: BaseImage,
  retain: boolean,
): Pick<PlannedVolume, 'fate' | 'why'> {
  switch (type) {
    case 'system':
      return {
        fate: 'replaced',
        why: `a new overlay on ${to.name}; the overlay on ${from.name} ${retain ? 'stays as the way back' : 'is deleted'}`,
      };
    case 'temporary':
      return { fate: 'reset', why: 'temporary volumes are made anew by every rebase' };
    case 'data':
      return { fate: 'kept', why: 'data volumes are kept byte for byte' };
  }
}
