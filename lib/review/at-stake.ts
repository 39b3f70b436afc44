import { Case } from './case';
import type { Plan } from './plan-json';
import type { DependentFact } from './facts';
import { textAt } from './values';

/** A base volume that a plan takes out of service or deletes. */
export interface BaseAtStake {
  readonly host: string;
  readonly base: string;
  readonly volume: string;
  /** The file name in the host's storage pool. */
  readonly file: string;
  /** Left out for a volume that Terraform does not manage. */
  readonly address?: string;
  readonly step: 'retire' | 'delete';
}

/** The base volumes that a plan retires, deletes or replaces: nothing on the host may stand on them. */
export function basesAtStake(plan: Plan): BaseAtStake[] {
  return atStake(new Case(plan, {}));
}

/** As {@link basesAtStake}, of a case. */
export function atStake(given: Case): BaseAtStake[] {
  const deleted = [...given.allChanges()].flatMap(({ address, before }): BaseAtStake[] => {
    const effect = given.effect(address);
    const role = given.role(address);
    const file = textAt(before, 'name');
    if (role?.role !== 'base' || (effect !== 'delete' && effect !== 'replace') || file === undefined)
      return [];
    const { host, base, volume } = role;
    return [{ host, base, volume, file, address, step: 'delete' }];
  });
  const retired = Object.entries(given.after.bases).flatMap(([key, { host, retired: now, volumes }]) => {
    if (!now || given.before?.bases[key]?.retired) return [];
    const base = key.slice(host.length + 1);
    return Object.entries(volumes).flatMap(([volume, { file }]): BaseAtStake[] => {
      if (file === undefined || deleted.some((one) => one.host === host && one.file === file)) return [];
      const [address] =
        Object.entries(given.after.addresses).find(
          ([, role]) =>
            role.role === 'base' && role.host === host && role.base === base && role.volume === volume,
        ) ?? [];
      return [{ host, base, volume, file, ...(address === undefined ? {} : { address }), step: 'retire' }];
    });
  });
  return [...deleted, ...retired];
}

/** The paths of the volumes that a plan deletes or replaces, bases left out: what stands through them goes with them. */
export function leavingPaths(given: Case, pathOf: (name: string) => string | undefined): Set<string> {
  const leaving = new Set<string>();
  for (const { address, before, deposed } of given.plan.changes) {
    const effect = deposed === undefined ? given.effect(address) : 'delete';
    if ((effect !== 'delete' && effect !== 'replace') || given.role(address)?.role === 'base') continue;
    const name = textAt(before, 'name');
    const path =
      textAt(before, 'path') ?? textAt(before, 'id') ?? (name === undefined ? undefined : pathOf(name));
    if (path !== undefined) leaving.add(path);
  }
  return leaving;
}

/** As {@link leavingPaths}, of a plan. */
export function leavingPathsOf(plan: Plan, pathOf: (name: string) => string | undefined): Set<string> {
  return leavingPaths(new Case(plan, {}), pathOf);
}

/** What stands on a base and stays, in words; `path` is the base's own. */
export function usersOf(
  { file }: Pick<BaseAtStake, 'file'>,
  dependents: readonly DependentFact[],
  path: string | undefined,
  leaving: ReadonlySet<string>,
): string[] {
  return dependents
    .filter((one) => one.base === file && !leaving.has(one.path))
    .flatMap((one) => {
      if (one.path === path) return one.machines;
      return [one.machines.length === 0 ? one.path : `${one.path} (${one.machines.join(', ')})`];
    });
}
