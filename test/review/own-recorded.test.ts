import { judge, parsePlan, type Review } from '../../lib/review';
import type { Stage } from './classroom';
import { stackOf } from './classroom';
import { fatesIn } from './fates';
import { makePlan } from './plan-maker';
import { recordedText } from './recorded';

/**
 * Plans of regraft's own provider that real Terraform has made (`record-plans.ts`), beside those that
 * `own-provider.ts` makes by its rules for all other tests: a review finds the same in both.
 */
const v13 = { base: 'debian-13' } as const;
const ONE = { ...v13, clones: ['student-01'] } as const;
const canary: Stage = { rebase: ['student-01'] };

/** By the name of the recorded plan: the stage before, that after, and what the review must come to. */
const STEPS: Readonly<
  Record<
    string,
    readonly [before: Stage | undefined, after: Stage, verdict: Review['verdict'], fates: string]
  >
> = {
  create: [undefined, {}, 'safe', 'created 7'],
  nothing: [{}, {}, 'nothing-to-do', 'kept 7'],
  canary: [{}, canary, 'safe', 'kept 5, replaced 1, reset 1, retained 1'],
  'canary-nothing': [canary, canary, 'nothing-to-do', 'kept 7, retained 1'],
  revert: [canary, {}, 'safe', 'kept 5, reset 1, reverted 1'],
  'without-way-back': [{}, { rebase: 'all', retain: false }, 'safe', 'kept 3, replaced 2, reset 2'],
  all: [{}, { rebase: 'all' }, 'safe', 'kept 3, replaced 2, reset 2, retained 2'],
  promote: [{ rebase: 'all' }, v13, 'safe', 'discarded way back 2, kept 7'],
  grow: [v13, { ...v13, memory: '96MiB' }, 'safe', 'kept 7'],
  retire: [v13, { ...v13, retired: ['student-02'] }, 'safe', 'archived 2, discarded 2, kept 3'],
  'bring-back': [{ ...v13, retired: ['student-02'] }, v13, 'safe', 'created 2, kept 5'],
  purge: [{ ...v13, retired: ['student-02'] }, ONE, 'safe', 'kept 3, purged 2'],
  'retire-base': [ONE, { ...ONE, retiredBase: true }, 'safe', 'kept 3'],
  'drop-base': [{ ...ONE, retiredBase: true }, { ...ONE, bases: ['debian-13'] }, 'safe', 'kept 3'],
};

/** What a review comes to, without what depends on the place: paths and times. */
function outcome({ verdict, pools, bases, findings }: Review) {
  const clones = pools.flatMap((pool) => pool.clones);
  return {
    verdict,
    stages: pools.map(({ stage }) => stage),
    bases: Object.values(bases).length,
    clones: clones.map(({ clone, status, base, machine, volumes }) => ({
      ...{ clone, status, base, machine: machine.fate },
      volumes: volumes
        .map(({ volume, fate, retained }) => `${volume} ${fate} ${retained?.fate ?? ''}`)
        .sort(),
    })),
    findings: findings.map(({ code }) => code).sort(),
  };
}

test.each(Object.entries(STEPS))('%s', (name, [before, after, verdict, fates]) => {
  const recorded = judge(parsePlan(recordedText(`regraft/${name}`)));
  expect({ verdict: recorded.verdict, fates: fatesIn(recorded) }).toEqual({ verdict, fates });
  const made = makePlan(before && stackOf(before, 'regraft'), stackOf(after, 'regraft'), 'regraft');
  expect(outcome(recorded)).toEqual(outcome(judge(parsePlan(JSON.stringify(made)))));
});
