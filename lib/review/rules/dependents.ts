import { atStake, leavingPaths, usersOf } from '../at-stake';
import type { Case } from '../case';
import type { HostFacts } from '../facts';

/** Judges bases that go, against the backing chains of everything on the host that stays. */
export function judgeDependents(given: Case, facts: HostFacts): void {
  const bases = atStake(given).filter(({ host }) => host === facts.host);
  if (bases.length === 0) return;
  const pathOf = (name: string): string | undefined =>
    facts.volumes.find((volume) => volume.name === name)?.path;
  const leaving = leavingPaths(given, pathOf);
  for (const base of bases) {
    const path = pathOf(base.file);
    const users = facts.dependents
      ? usersOf(base, facts.dependents, path, leaving)
      : usersInPool(facts, path, leaving);
    const place = base.address === undefined ? {} : { address: base.address };
    const name = `${base.base}/${base.volume}`;
    if (users.length > 0) {
      given.report(base.step === 'delete' ? 'RG309' : 'RG350', {
        ...place,
        expected: base.address === undefined ? `nothing stands on ${name}` : 'nothing stands on it',
        found: users.join(', '),
      });
    }
    if (base.step === 'delete') {
      for (const text of facts.unknown ?? [])
        given.report('RG351', { ...place, expected: 'all chains on the host are known', found: text });
    }
  }
}

/** The same as far as the storage pool of regraft's and the machines alone tell it. */
function usersInPool(facts: HostFacts, path: string | undefined, leaving: ReadonlySet<string>): string[] {
  if (path === undefined) return [];
  const volumes = facts.volumes
    .filter((volume) => volume.backing === path && !leaving.has(volume.path))
    .map((volume) => volume.path);
  const machines = facts.domains
    .filter((domain) =>
      domain.disks.some(
        (disk) =>
          disk.path !== undefined &&
          !leaving.has(disk.path) &&
          [disk.path, ...disk.backingChain].includes(path),
      ),
    )
    .map(({ name }) => `machine ${name}`);
  return [...volumes, ...machines];
}
