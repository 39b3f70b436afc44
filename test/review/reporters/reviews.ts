import { judge, parsePlan, type Review } from '../../../lib/review';
import { stackOf } from '../classroom';
import { makePlan } from '../plan-maker';
import { type Generation, type PlanJson, recorded, recordedNames } from '../recorded';

/** The review of a plan's JSON. */
export function reviewOf(plan: PlanJson): Review {
  return judge(parsePlan(JSON.stringify(plan)));
}

/** The reviews of all recorded plans by name. */
export function recordedReviews(): [string, Review][] {
  return recordedNames()
    .filter((name) => !name.endsWith('-destroy'))
    .map((name) => [name, reviewOf(recorded(name))]);
}

/** The review of a rebase of many clones. */
export function largeReview(
  clones: number,
  damage: (plan: PlanJson) => void = () => undefined,
  generation: Generation = '0.9',
): Review {
  const fleet = {
    clones: Array.from(
      { length: clones },
      (_, index) => `a-student-with-a-rather-long-name-number-${index + 100}`,
    ),
    data: ['home', 'mail'],
    extra: {},
  };
  const plan = makePlan(
    stackOf(fleet, generation),
    stackOf({ ...fleet, rebase: 'all' }, generation),
    generation,
  );
  damage(plan);
  return reviewOf(JSON.parse(JSON.stringify(plan)));
}

/** Text that would do harm in a terminal, a page or a comment that took it as it is. */
export const HOSTILE =
  '\u001b[31m@everyone | `x` </td><script>alert(1)</script> [a](http://evil.example) #1 \u202e\nnew line ```\n"];';
