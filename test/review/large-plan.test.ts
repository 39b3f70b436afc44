import { judge, parsePlan } from '../../lib/review';
import { largePlan } from '../support/large-plan';
import { GENERATIONS } from './recorded';

// How fast, says `npm run bench`: a timed test would fail on a busy machine.
test.each(GENERATIONS)('%s: a plan of 100 clones and 50 MB of JSON is reviewed whole', (generation) => {
  const text = largePlan(generation);
  expect(text.length).toBeGreaterThan(50e6);
  expect(judge(parsePlan(text))).toMatchObject({
    verdict: 'safe',
    totals: { data: { kept: 200 }, overlays: { replaced: 100, reset: 100 } },
  });
});
