import { checkFleets, stackOf } from '../../support/check-fleets';
import { PROVIDERS } from '../../support/declarations';
import { synthesizeFleet } from '../../support/declare-fleet';
import { promoted, rebasedWhole, reverted } from '../../support/fleet';
import { differences } from '../../support/parts';
import type { Synthesized } from '../../support/synthesis';
import { block, blocks, manifest } from '../../support/synthesis';

/** The addresses of overlays that only wait for a revert. */
function retained(stack: ReturnType<typeof stackOf>): string[] {
  return Object.entries(manifest(stack).addresses)
    .filter(([, { role }]) => role === 'retained')
    .map(([address]) => address)
    .sort();
}

/** Where a clone is one resource, a promote drops its `retain`; a size and a seed of data volumes are for those to come. */
function onlyRetains(during: Synthesized, after: Synthesized, changed: readonly string[]): void {
  const left = (stack: Synthesized, name: string): unknown => {
    const { retain: _, volumes, base, ...rest } = block(stack, 'regraft_clone', name);
    const names = Object.entries(volumes as Record<string, { type: string; target: string; file?: string }>);
    return {
      ...rest,
      // A retired clone is on no base, and names the one of its pool.
      ...(rest['retired'] === true ? {} : { base }),
      volumes: names.map(([volume, { type, target, file }]) => [volume, type, target, file]),
    };
  };
  for (const address of changed) {
    const [type, name] = address.split('.');
    expect(type).toBe('regraft_clone');
    expect(left(during, name!)).toEqual(left(after, name!));
  }
}

/** Where a clone is one resource, its `retain` names the base that a revert makes its `base` again. */
function returnsTo(before: Synthesized, during: Synthesized): void {
  for (const [name, clone] of Object.entries(blocks(during, 'regraft_clone'))) {
    if (clone['retain'] !== undefined)
      expect(clone['retain']).toBe(block(before, 'regraft_clone', name)['base']);
  }
}

const HOST_BLOCK = /^libvirt_volume\.\w+__(?:data|archived)$/;

describe.each(PROVIDERS)('invariant 4, provider %s', (generation) => {
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
      if (generation === 'regraft') return onlyRetains(stackOf(whole), stackOf(promoted(whole)), changed);
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
      if (generation === 'regraft') return returnsTo(before, during);
      const changed = new Set(differences(before, during));
      expect(retained(during).filter((address) => changed.has(address))).toEqual([]);
    });
  });
});
