import { namesText, quantity } from '../../review/reporters/phrases';
import { roundedSize } from '../../model/size';
import type { Drift, DriftKind } from '../drifts';
import { DRIFT_KINDS } from '../drifts';
import type {
  CloneStatus,
  Dependent,
  Dependents,
  FileStatus,
  HostStatus,
  PoolStatus,
  StackStatus,
} from '../status';

/** A size on the host and as the guest sees it, such as `1.2 GiB / 20 GiB`. */
export function sizeText({ allocated, virtual }: FileStatus): string {
  return allocated === undefined || virtual === undefined
    ? '-'
    : `${roundedSize(allocated)} / ${roundedSize(virtual)}`;
}

/** What a pool is on, and how far a rebase has come. */
export function poolText({ pool, host, base, rebasesTo, clones, retired }: PoolStatus): string {
  const stale = clones.filter((clone) => clone.stale).length;
  const parts = [`base ${base}`];
  if (rebasesTo.length > 0) {
    const moved = clones.filter((clone) => clone.base !== undefined && rebasesTo.includes(clone.base)).length;
    parts.push(`rebase to ${rebasesTo.join(', ')} (${moved} of ${quantity(clones.length, 'clone')})`);
  } else {
    parts.push(quantity(clones.length, 'clone'));
  }
  if (stale > 0 && rebasesTo.length === 0) parts.push(`${stale} stale`);
  if (retired.length > 0) parts.push(`${retired.length} retired`);
  return `Pool ${pool} on ${host}: ${parts.join(', ')}`;
}

/** The base of a clone, and whether it lags behind. */
export function baseText({ base, stale }: CloneStatus): string {
  return `${base ?? '-'}${stale ? ', stale' : ''}`;
}

/** The base that a clone can go back to, and what its overlays take on the host. */
export function retainedText({ retainedBase, volumes }: CloneStatus): string {
  if (retainedBase === undefined) return '-';
  const sizes = volumes.flatMap(({ use, allocated }) =>
    use === 'retained' && allocated !== undefined ? [allocated] : [],
  );
  if (sizes.length === 0) return retainedBase;
  return `${retainedBase}, ${roundedSize(sizes.reduce((sum, size) => sum + size, 0))}`;
}

/** A clone's health. */
export function healthText({ health }: CloneStatus): string {
  if (health === undefined) return '-';
  return health.healthy ? 'healthy' : 'unhealthy';
}

/** The clones that the code wants on another base than they are on, by that base. */
export function dueText(pool: PoolStatus): string[] {
  const due = new Map<string, string[]>();
  for (const { clone, base, wanted } of pool.clones) {
    if (base === undefined || wanted === undefined || base === wanted) continue;
    due.set(wanted, [...(due.get(wanted) ?? []), clone]);
  }
  return [...due].map(
    ([base, clones]) =>
      `The code says ${base} for ${quantity(clones.length, 'clone')} not on it yet: ${namesText(clones)}`,
  );
}

/** What stands on a file. */
export function dependentsText({ overlays, machines }: Dependents): string {
  const kinds: [string, (dependent: Dependent) => boolean][] = [
    ['in use', ({ kind }) => kind === 'current'],
    ['retained', ({ kind }) => kind === 'retained'],
    ['to be deleted', ({ kind }) => kind === 'unused' || kind === 'deposed'],
    ['orphaned', ({ kind }) => kind === 'orphan'],
    ['of other origin', ({ kind }) => !['current', 'retained', 'unused', 'deposed', 'orphan'].includes(kind)],
  ];
  const counts = kinds.flatMap(([words, fits]) => {
    const count = overlays.filter(fits).length;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  if (overlays.length === 0 && machines.length === 0) return 'nothing stands on it';
  const parts = [
    overlays.length === 0 ? '' : `${quantity(overlays.length, 'overlay')} (${counts.join(', ')})`,
    machines.length === 0 ? '' : `${quantity(machines.length, 'machine')}: ${namesText(machines)}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** The overlays on a file that no stack knows, by their paths. */
export function foreignPaths({ overlays }: Dependents): string[] {
  return overlays.flatMap(({ kind, path }) => (kind === 'foreign' ? [path] : []));
}

/** The line on libvirt's hook, where there is something to do. */
export function hookText({ host, hook }: HostStatus): string {
  const what = 'temporary volumes are not reset at shutdown: regraft hook install';
  if (hook === 'missing') return `The hook on host ${host} is missing, ${what}`;
  if (hook === 'outdated') return `The hook on host ${host} is of an older regraft: regraft hook install`;
  return hook === 'unknown' ? `Whether the hook is on host ${host} is not known: regraft hook check` : '';
}

/** All drift of a stack by its kind, the gravest first; that of a clone with its name. */
export function driftByKind({ pools, drift }: StackStatus): [DriftKind, { place: string; drift: Drift }[]][] {
  const all = [
    ...drift.map((one) => ({ place: '', drift: one })),
    ...pools.flatMap(({ pool, clones }) =>
      clones.flatMap(({ clone, drift: own }) =>
        own.map((one) => ({ place: `${pool}/${clone}`, drift: one })),
      ),
    ),
  ];
  return DRIFT_KINDS.flatMap((kind) => {
    const own = all.filter((one) => one.drift.kind === kind);
    return own.length === 0 ? [] : [[kind, own]];
  });
}

/** The whole in one line. */
export function summaryText({ pools, hosts, drift }: StackStatus): string {
  const clones = pools.flatMap((pool) => pool.clones);
  const count = (fits: (clone: CloneStatus) => boolean): number => clones.filter(fits).length;
  const drifts = drift.length + clones.reduce((sum, clone) => sum + clone.drift.length, 0);
  const orphans = hosts.reduce((sum, host) => sum + host.orphans.length, 0);
  const parts = [
    quantity(clones.length, 'clone'),
    `${count(({ power }) => power === 'running')} running`,
    numbered(
      count(({ stale }) => stale),
      'stale',
    ),
    numbered(
      count(({ health }) => health?.healthy === false),
      'unhealthy',
    ),
    numbered(
      count(({ power }) => power === 'unknown'),
      'unknown',
    ),
    drifts === 0 ? 'no drift' : quantity(drifts, 'drift finding'),
    orphans === 0 ? '' : quantity(orphans, 'orphan'),
  ];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}

function numbered(count: number, words: string): string {
  return count === 0 ? '' : `${count} ${words}`;
}
