import { posix } from 'node:path';
import { compareNames } from '../model/outline';
import { quantity } from '../review/reporters/phrases';
import type { BaseLayer, HostBases } from './report';

/** A base that nothing needs any more. */
export interface SupersededBase {
  readonly host: string;
  readonly base: string;
  readonly volumes: readonly BaseLayer[];
  readonly why: string;
  /** Bytes that deleting it frees, with the overlays that go before it. */
  readonly frees: number;
  /** The next step, in words. */
  readonly next: string;
}

/** The bases of regraft's on which nothing stands, or which only overlays without a machine use; those that a pool is on are left out. */
export function supersededBases({ host, bases }: HostBases): SupersededBase[] {
  const byName = new Map<string, BaseLayer[]>();
  for (const one of bases) {
    if (one.base !== undefined) byName.set(one.base, [...(byName.get(one.base) ?? []), one]);
  }
  return [...byName]
    .map(([base, volumes]) => ({ base, volumes }))
    .filter(({ volumes }) => volumes.some(({ missing }) => !missing))
    .filter(({ volumes }) =>
      volumes.every(({ dependents }) =>
        dependents.every(({ kind }) => kind !== 'clone' && kind !== 'unmanaged'),
      ),
    )
    .filter(({ volumes }) =>
      volumes.every(({ usedBy, dependents }) => usedBy.length === 0 || dependents.some(isWayBack)),
    )
    .map(({ base, volumes }) => ({
      host,
      base,
      volumes,
      why: whyOf(volumes),
      frees: sum(volumes.map(({ allocated = 0, otherNames }) => (otherNames.length > 0 ? 0 : allocated))),
      next: nextOf(base, host, volumes),
    }))
    .sort((one, other) => compareNames(one.base, other.base));
}

const isWayBack = ({ kind }: BaseLayer['dependents'][number]): boolean => kind === 'retained';

function whyOf(volumes: readonly BaseLayer[]): string {
  const dependents = volumes.flatMap((volume) => volume.dependents);
  if (dependents.length === 0) return 'nothing stands on it';
  const words = { retained: 'retained', unused: 'unused', orphan: 'orphaned' };
  return Object.entries(words)
    .flatMap(([kind, word]) => {
      const count = dependents.filter((one) => one.kind === kind).length;
      return count === 0 ? [] : [quantity(count, `${word} overlay`)];
    })
    .join(', ');
}

function nextOf(base: string, host: string, volumes: readonly BaseLayer[]): string {
  const dependents = volumes.flatMap((volume) => volume.dependents);
  const names = volumes.flatMap(({ otherNames }) => otherNames);
  if (dependents.some(({ kind }) => kind === 'retained')) {
    const pools = new Set(dependents.flatMap(({ owner }) => owner?.split(/[ /]/)[1] ?? []));
    return `regraft promote ${[...pools].sort().join(', ')}, when nobody wants to go back`;
  }
  if (dependents.some(({ kind }) => kind === 'orphan')) return 'regraft repair deletes the orphans';
  if (dependents.length > 0) return 'regraft apply deletes the unused overlays';
  if (names.length > 0) return `remove its other name ${names[0]!}`;
  const declared = volumes.flatMap((volume) => volume.declared);
  const stacks = [...new Set(declared.filter(({ retired }) => !retired).map(({ stack }) => stack))].sort();
  if (stacks.length > 0) {
    return `say retired: true on base ${base} of ${inStacks(stacks)}, then regraft apply`;
  }
  const managed = [...new Set(declared.filter((one) => one.managed).map(({ stack }) => stack))].sort();
  if (managed.length > 0)
    return `drop base ${base} from the code of ${inStacks(managed)}, then regraft apply`;
  const foreign = volumes.find((volume) => !isDeletable(volume));
  if (foreign)
    return `${posix.basename(foreign.path)} is no file that regraft made: virsh vol-delete it yourself`;
  return `regraft delete ${base}${host === '' ? '' : ` --host ${host}`}`;
}

/** Whether a file is a base volume of regraft's by its name and mode, so that regraft may delete it. */
export function isDeletable({ path, base, volume, mode }: BaseLayer): boolean {
  return mode === '0444' && posix.basename(path) === `${base}.${volume}.base.qcow2`;
}

function inStacks(stacks: readonly string[]): string {
  return `${stacks.length === 1 ? 'stack' : 'stacks'} ${stacks.join(', ')}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
