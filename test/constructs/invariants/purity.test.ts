import fc from 'fast-check';
import { checkFleets, stackOf } from '../../support/check-fleets';
import { PROVIDERS } from '../../support/declarations';
import { shuffled, synthesizeFleet } from '../../support/declare-fleet';

describe.each(PROVIDERS)('invariant 5, provider %s', (generation) => {
  it('the order of declaration changes no byte', () => {
    checkFleets(generation, (fleet) => {
      const { text } = stackOf(fleet);
      for (const seed of fc.sample(fc.nat(), 2))
        expect(synthesizeFleet(fleet, shuffled(seed)).text).toBe(text);
    });
  });

  it('synthesizing twice gives the same bytes', () => {
    checkFleets(generation, (fleet) => {
      expect(synthesizeFleet(structuredClone(fleet)).text).toBe(stackOf(fleet).text);
    });
  });
});
