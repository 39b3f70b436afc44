import fc from 'fast-check';
import type { ProviderGeneration } from 'regraft';
import { synthesizeFleet } from './declare-fleet';
import type { Fleet } from './fleet';
import { fleets } from './fleets';
import type { Synthesized } from './synthesis';

/** One seed for all properties of a run, so that they look at the same fleets; a failure prints it. */
const seed = Number(process.env['FLEETS_SEED'] ?? Date.now() % 2 ** 31);

const made = new Map<string, Synthesized>();

/** Checks a property of fleets; `FLEETS_SEED` and `FLEETS_RUNS` in the environment repeat a failure or look further. */
export function checkFleets(generation: ProviderGeneration, property: (fleet: Fleet) => void): void {
  const numRuns = Number(process.env['FLEETS_RUNS'] ?? 20);
  fc.assert(fc.property(fleets(generation), property), { seed, numRuns });
}

/** The synthesized fleet; the same fleet is synthesized once, since most of the time goes there. */
export function stackOf(fleet: Fleet): Synthesized {
  const key = JSON.stringify(fleet);
  const stack = made.get(key) ?? synthesizeFleet(fleet);
  made.set(key, stack);
  return stack;
}
