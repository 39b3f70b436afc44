import { checkFleets, stackOf } from '../../support/check-fleets';
import { PROVIDERS } from '../../support/declarations';
import { type Fleet, movedBy, reverted } from '../../support/fleet';
import { addressIn, differences, machineDisks } from '../../support/parts';
import { manifest } from '../../support/synthesis';

/** The blocks of a fleet's moved clones, `POOL__CLONE`. */
function movedClones(fleet: Fleet): Set<string> {
  return new Set(
    fleet.rebases.flatMap((rebase) => movedBy(rebase, fleet).map((clone) => `${rebase.pool}__${clone}`)),
  );
}

describe.each(PROVIDERS)('a rebase, provider %s', (generation) => {
  it('touches no resource but those of the clones that it moves', () => {
    checkFleets(generation, (fleet) => {
      const moved = movedClones(fleet);
      const changed = differences(stackOf(reverted(fleet)), stackOf(fleet));
      const owners = new Set(
        changed.map((address) => address.split('.')[1]!.split('__').slice(0, 2).join('__')),
      );
      expect([...owners].sort()).toEqual([...moved].sort());
    });
  });

  it('puts every moved machine on overlays of the new base only, and leaves the others on the old ones', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      for (const pool of fleet.pools) {
        for (const [clone, { volumes }] of Object.entries(manifest(stack).pools[pool.name]!.clones)) {
          const rebase = fleet.rebases.find(
            (one) => one.pool === pool.name && movedBy(one, fleet).includes(clone),
          );
          const overlays = Object.values(volumes).filter(({ type }) => type !== 'data');
          for (const { address } of overlays)
            expect(manifest(stack).addresses[address]).toMatchObject({ base: rebase?.to ?? pool.base });
        }
      }
    });
  });

  it('says in the manifest the same disks, devices and addresses as the machines have', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      for (const pool of Object.values(manifest(stack).pools)) {
        for (const { domain, volumes } of Object.values(pool.clones)) {
          const found = machineDisks(stack)[domain.split('.')[1]!]!.map(({ volume, target, address }) => [
            volume,
            target,
            addressIn(address),
          ]);
          const said = Object.entries(volumes).map(([volume, { target, address }]) => [
            volume,
            target,
            address,
          ]);
          expect(found.sort()).toEqual(said.sort());
        }
      }
    });
  });

  it('keeps the old system overlays when it retains them, and no temporary ones', () => {
    checkFleets(generation, (fleet) => {
      const stack = stackOf(fleet);
      const kept = Object.values(manifest(stack).addresses).flatMap((role) =>
        role.role === 'retained'
          ? [`${role.pool} ${role.clone} ${role.volume} ${role.type} ${role.base}`]
          : [],
      );
      const expected = fleet.rebases
        .filter(({ retain }) => retain)
        .flatMap((rebase) => {
          const pool = fleet.pools.find(({ name }) => name === rebase.pool)!;
          const outline = fleet.bases.find(({ name }) => name === pool.base)!.volumes;
          const systems = Object.keys(outline).filter((volume) => outline[volume]!.type === 'system');
          return movedBy(rebase, fleet).flatMap((clone) =>
            systems.map((volume) => `${pool.name} ${clone} ${volume} system ${pool.base}`),
          );
        });
      expect(kept.sort()).toEqual(expected.sort());
    });
  });
});
