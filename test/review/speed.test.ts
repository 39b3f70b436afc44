import { judge, parsePlan } from '../../lib/review';
import { ClonePool } from '../../lib';
import { stackOf } from './classroom';
import { makePlan } from './plan-maker';
import { GENERATIONS } from './recorded';

// Provider 0.9 says some 2,000 attributes of every machine, nearly all of them null.
const PADDING = Object.fromEntries(
  Array.from({ length: 1500 }, (_, index) => [`attribute_that_nobody_sets_${index}`, null]),
);

test.each(GENERATIONS)(
  '%s: 100 clones, 600 resources and 50 MB of JSON are reviewed in under 2 seconds',
  (generation) => {
    const fleet = { clones: ClonePool.numbered('student', 100), data: ['home', 'mail'], extra: {} };
    const plan = makePlan(
      stackOf(fleet, generation),
      stackOf({ ...fleet, rebase: 'all' }, generation),
      generation,
    );
    for (const { type, change } of plan.resource_changes) {
      if (type !== 'libvirt_domain') continue;
      for (const part of ['before', 'after', 'after_unknown', 'before_sensitive', 'after_sensitive']) {
        change[part] = { ...change[part], padding: [PADDING, PADDING] };
      }
    }
    const text = JSON.stringify(plan);
    expect(plan.resource_changes.length).toBeGreaterThan(600);
    expect(text.length).toBeGreaterThan(50e6);
    const start = performance.now();
    const review = judge(parsePlan(text));
    const seconds = (performance.now() - start) / 1000;
    expect(review).toMatchObject({
      verdict: 'safe',
      totals: { data: { kept: 200 }, overlays: { replaced: 100, reset: 100 } },
    });
    console.log(
      `${(text.length / 1e6).toFixed(0)} MB, ${plan.resource_changes.length} resources: ${seconds.toFixed(2)} s`,
    );
    expect(seconds).toBeLessThan(2);
  },
);
