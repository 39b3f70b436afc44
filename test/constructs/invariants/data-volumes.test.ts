import type { ProviderGeneration } from 'regraft';
import { addressBooks } from '../../../lib/dialects/address-book';
import { checkFleets, stackOf } from '../../support/check-fleets';
import type { Fleet } from '../../support/fleet';
import { activeClones, promoted, rebasedWhole, reverted } from '../../support/fleet';
import { PROVIDERS } from '../../support/declarations';
import { archivedEntries, dataEntries, machineDisks } from '../../support/parts';
import type { Synthesized } from '../../support/synthesis';
import { manifest } from '../../support/synthesis';

/** Each data disk of each machine: its machine, device, bus and volume. */
function dataDisks(stack: Synthesized): string[] {
  return Object.entries(machineDisks(stack)).flatMap(([machine, disks]) =>
    disks
      .filter(({ address }) => roleOf(stack, address) === 'data')
      .map(({ volume, target, bus, address }) => `${machine} ${volume} ${target} ${bus} ${address}`),
  );
}

function roleOf(stack: Synthesized, address: string): string | undefined {
  return manifest(stack).addresses[address]?.role;
}

/** What never changes of an entry once its volume is made: its file and format. */
function identities(stack: Synthesized): string[] {
  return Object.entries(dataEntries(stack)).map(([key, { file, format }]) =>
    JSON.stringify([key, file, format]),
  );
}

describe.each(PROVIDERS)('invariant 1 at synthesis, provider %s', (generation) => {
  const check = (property: (fleet: Fleet) => void): void => checkFleets(generation, property);

  it('no rebase and no revert changes, removes or re-keys an entry of the data volumes', () => {
    check((fleet) => {
      const before = dataEntries(stackOf(reverted(fleet)));
      expect(dataEntries(stackOf(fleet))).toEqual(before);
      expect(dataEntries(stackOf(rebasedWhole(fleet)))).toEqual(before);
    });
  });

  it('no promote re-keys, renames or removes a data volume', () => {
    check((fleet) => {
      const whole = rebasedWhole(fleet);
      expect(identities(stackOf(promoted(whole)))).toEqual(identities(stackOf(whole)));
    });
  });

  it('no machine loses a data disk or finds it at another device, in any stage of a base update', () => {
    check((fleet) => {
      const before = dataDisks(stackOf(reverted(fleet)));
      const whole = rebasedWhole(fleet);
      for (const stage of [fleet, whole, promoted(whole)]) expect(dataDisks(stackOf(stage))).toEqual(before);
    });
  });

  it('every data volume is a disk of exactly one machine, an archived one of none', () => {
    check((fleet) => {
      const stack = stackOf(fleet);
      const used = Object.values(machineDisks(stack)).flatMap((disks) => disks.map(({ address }) => address));
      const owned = Object.keys(dataEntries(stack)).map((entry) => addressOf(generation, entry, 'data'));
      expect(used.filter((address) => roleOf(stack, address) === 'data').sort()).toEqual(owned.sort());
      expect(used.filter((address) => roleOf(stack, address) === 'archived')).toEqual([]);
    });
  });

  it('retiring a clone moves its data volumes to the archive, and no other entry', () => {
    check((fleet) => {
      const pool = fleet.pools.find((one) => activeClones(one).length > 0);
      if (!pool) return;
      const leaving = activeClones(pool)[0]!;
      const still = reverted(fleet);
      const after: Fleet = {
        ...still,
        pools: still.pools.map((one) =>
          one === pool ? { ...one, retired: [...one.retired, leaving] } : one,
        ),
      };
      const [old, now] = [stackOf(still), stackOf(after)];
      expect({ ...dataEntries(now), ...archivedEntries(now) }).toEqual({
        ...dataEntries(old),
        ...archivedEntries(old),
      });
      const gone = Object.keys(dataEntries(old)).filter((key) => !(key in dataEntries(now)));
      expect(gone).toEqual(
        Object.keys(dataEntries(old)).filter((key) => key.includes(`:${pool.name}/${leaving}/`)),
      );
      // Where a clone is one resource, its volumes stay in it.
      if (generation === 'regraft') return expect(now.json.moved).toBeUndefined();
      expect(now.json.moved).toEqual(
        expect.arrayContaining(
          gone.map((entry) => ({
            from: addressOf(generation, entry, 'data'),
            to: addressOf(generation, entry, 'archived'),
          })),
        ),
      );
    });
  });

  it('a data volume goes for good only when its clone is named neither as clone nor as retired', () => {
    check((fleet) => {
      const pool = fleet.pools.find(({ retired }) => retired.length > 0);
      if (!pool) return;
      const purged = pool.retired[0]!;
      const kept = (list: readonly string[]): string[] => list.filter((name) => name !== purged);
      const changed = (change: Partial<typeof pool>): Fleet => ({
        ...reverted(fleet),
        pools: fleet.pools.map((one) => (one === pool ? { ...one, ...change } : one)),
      });
      const all = (of: Fleet): string[] => {
        const stack = stackOf(of);
        return [...Object.keys(dataEntries(stack)), ...Object.keys(archivedEntries(stack))].sort();
      };
      const before = all(reverted(fleet));
      const back = changed({ retired: kept(pool.retired), clones: [...new Set([...pool.clones, purged])] });
      expect(all(back)).toEqual(before);
      const extras = Object.fromEntries(Object.entries(pool.extras).filter(([clone]) => clone !== purged));
      const gone = changed({ retired: kept(pool.retired), clones: kept(pool.clones), extras });
      expect(all(gone)).toEqual(before.filter((key) => !key.includes(`:${pool.name}/${purged}/`)));
    });
  });
});

function addressOf(generation: ProviderGeneration, entry: string, kind: 'data' | 'archived'): string {
  const [host, key] = entry.split(':');
  return addressBooks[generation][kind](host!, key!);
}
