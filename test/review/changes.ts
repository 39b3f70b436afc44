import fc from 'fast-check';
import type { ProviderGeneration } from '../../lib';
import { type Stage, stackOf } from './classroom';
import { makePlan } from './plan-maker';
import type { PlanJson } from './recorded';

/** A change to a fleet: the stages before and after. */
export interface Change {
  readonly generation: ProviderGeneration;
  readonly what: string;
  readonly before: Stage | undefined;
  readonly after: Stage;
}

const fleets = fc.record({
  clones: fc.integer({ min: 2, max: 3 }).map((count) => ['ann', 'bob', 'cem'].slice(0, count)),
  data: fc.subarray(['home', 'mail'], { minLength: 1 }),
  temporary: fc.boolean(),
  extra: fc.record({ ann: fc.subarray(['notes', 'photos']) }),
});

/** Changes of generated fleets, for some providers. */
export function changesOf(generations: readonly ProviderGeneration[]): fc.Arbitrary<Change> {
  return fc.tuple(fc.constantFrom(...generations), fleets, fc.nat()).map(([generation, fleet, choice]) => {
    const one = [fleet.clones[0]!];
    // The first clone's data goes to a new one, which may give it on.
    const give = (from: string, to: string): Stage['given'] => ({
      [to]: Object.fromEntries(fleet.data.map((volume) => [volume, `${from}/${volume}` as const])),
    });
    const heirs = {
      ...fleet,
      clones: [...fleet.clones.slice(1), 'dan'],
      retired: one,
      given: give(one[0]!, 'dan'),
    };
    const later = {
      ...heirs,
      clones: [...fleet.clones.slice(1), 'eve'],
      retired: [...one, 'dan'],
      given: { ...heirs.given, ...give('dan', 'eve') },
    };
    const fewer = { ...fleet, clones: fleet.clones.slice(1), retired: one };
    const all: [string, Stage | undefined, Stage][] = [
      ['create', undefined, fleet],
      ['nothing', fleet, fleet],
      ['grow', { ...fleet, clones: fleet.clones.slice(1) }, fleet],
      ['canary', fleet, { ...fleet, rebase: one }],
      ['all', { ...fleet, rebase: one }, { ...fleet, rebase: 'all' }],
      ['without way back', fleet, { ...fleet, rebase: 'all', retain: false }],
      ['promote', { ...fleet, rebase: 'all' }, { ...fleet, base: 'debian-13' }],
      ['revert', { ...fleet, rebase: 'all' }, fleet],
      ['retire', fleet, fewer],
      ['bring back', fewer, fleet],
      ['give', fewer, heirs],
      ['retire and give', fleet, heirs],
      ['nothing given', heirs, heirs],
      ['retire what was given', heirs, { ...heirs, clones: fleet.clones.slice(1), retired: [...one, 'dan'] }],
      ['give on', heirs, later],
      ['give on at once', fewer, later],
      ['other memory', fleet, { ...fleet, memory: '96MiB' }],
    ];
    const [what, before, after] = all[choice % all.length]!;
    return { generation, what, before, after };
  });
}

const texts = new Map<string, string>();

/** Synthesis takes most of the time, and few fleets come up once only. */
function synthesized(stage: Stage, generation: ProviderGeneration): unknown {
  const key = JSON.stringify([generation, stage]);
  const text = texts.get(key) ?? JSON.stringify(stackOf(stage, generation));
  texts.set(key, text);
  return JSON.parse(text);
}

/** The plan of a change. */
export function planOf({ generation, before, after }: Change): PlanJson {
  const plan = makePlan(
    before && synthesized(before, generation),
    synthesized(after, generation),
    generation,
  );
  // What is before and after is one object in a made plan, two in a plan's JSON.
  return JSON.parse(JSON.stringify(plan));
}
