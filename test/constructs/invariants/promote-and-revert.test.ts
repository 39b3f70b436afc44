import { checkFleets, stackOf } from '../../support/check-fleets';
import { GENERATIONS } from '../../support/declarations';
import { synthesizeFleet } from '../../support/declare-fleet';
import { promoted, rebasedWhole, reverted } from '../../support/fleet';
import { differences } from '../../support/parts';
import { manifest } from '../../support/synthesis';

/** The addresses of overlays that only wait for a revert. */
function retained(stack: ReturnType<typeof stackOf>): string[] {
  return Object.entries(manifest(stack).addresses)
    .filter(([, { role }]) => role === 'retained')
    .map(([address]) => address)
    .sort();
}

const HOST_BLOCK = /^libvirt_volume\.\w+__(?:data|archived)$/;

describe.each(GENERATIONS)('invariant 4, provider %s', (generation) => {
  it('a promoted stack is byte for byte the one written for the new base from the start', () => {
    checkFleets(generation, (fleet) => {
      const after = promoted(rebasedWhole(fleet));
      const fromTheStart = structuredClone(after);
      expect(stackOf(after).text).toBe(synthesizeFleet(fromTheStart).text);
      expect(manifest(stackOf(after)).rebases).toEqual([]);
      expect(retained(stackOf(after))).toEqual([]);
    });
  });

  it('promoting takes the retained overlays away and changes no other resource', () => {
    checkFleets(generation, (fleet) => {
      const whole = rebasedWhole(fleet);
      const changed = differences(stackOf(whole), stackOf(promoted(whole)));
      // The sizes that the new base says are for data volumes to come; those that exist ignore them.
      expect(changed.filter((address) => !HOST_BLOCK.test(address))).toEqual(retained(stackOf(whole)));
    });
  });

  it('a reverted stack is byte for byte the one before the rebase', () => {
    checkFleets(generation, (fleet) => {
      const before = stackOf(reverted(fleet)).text;
      stackOf(fleet);
      expect(synthesizeFleet(reverted(fleet)).text).toBe(before);
    });
  });

  it('the overlays that a revert returns to stand in the rebased stack as they stood before it', () => {
    checkFleets(generation, (fleet) => {
      const [before, during] = [stackOf(reverted(fleet)), stackOf(fleet)];
      const changed = new Set(differences(before, during));
      expect(retained(during).filter((address) => changed.has(address))).toEqual([]);
    });
  });
});
