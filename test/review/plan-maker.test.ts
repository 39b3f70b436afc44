import { judge, parsePlan, type Review } from '../../lib/review';
import { type Stage, stackOf } from './classroom';
import { makePlan } from './plan-maker';
import { GENERATIONS, type Generation, recorded } from './recorded';

/** Recorded steps with the stages before and after. */
const STEPS: Record<string, [before: Stage | undefined, after: Stage]> = {
  create: [undefined, {}],
  nothing: [{}, {}],
  canary: [{}, { rebase: ['student-01'] }],
  revert: [{ rebase: ['student-01'] }, {}],
  'without-way-back': [{}, { rebase: 'all', retain: false }],
  all: [{}, { rebase: 'all' }],
  promote: [{ rebase: 'all' }, { base: 'debian-13' }],
  retire: [{ base: 'debian-13' }, { base: 'debian-13', retired: ['student-02'] }],
  'bring-back': [{ base: 'debian-13', retired: ['student-02'] }, { base: 'debian-13' }],
  purge: [
    { base: 'debian-13', retired: ['student-02'] },
    { base: 'debian-13', clones: ['student-01'] },
  ],
};

/** A review of regraft's own provider is that of the others, but for addresses, and for machines that it leaves alone. */
test.each(Object.keys(STEPS))(
  'regraft %s: a plan comes to the same for volumes as with provider 0.9',
  (step) => {
    const [before, after] = STEPS[step]!;
    const [own, other] = (['regraft', '0.9'] as const).map((generation) => {
      const made = makePlan(before && stackOf(before, generation), stackOf(after, generation), generation);
      return withoutAddresses(judge(parsePlan(JSON.stringify(made))));
    });
    expect(own).toEqual(other);
  },
);

function withoutAddresses({ verdict, totals, pools, bases, findings }: Review): unknown {
  const codes = findings.map(({ code, severity }) => `${code} ${severity}`);
  return JSON.parse(JSON.stringify({ verdict, totals, pools, bases, codes }), (key, value: unknown) =>
    key === 'address' ? undefined : typeof value === 'string' ? value.replace(/\.\d{14}\./g, '.') : value,
  );
}

/** A review without what differs from run to run: times in names, findings' texts. */
function essence({ verdict, totals, pools, bases, findings }: Review): unknown {
  const text = JSON.stringify({ verdict, totals, pools, bases, codes: findings.map(({ code }) => code) });
  return JSON.parse(text.replace(/\.\d{14}\./g, '.'));
}

const cases = GENERATIONS.flatMap((generation) =>
  Object.keys(STEPS).map((step): [Generation, string] => [generation, step]),
);

test.each(cases)('%s %s: a made plan is reviewed as the one that Terraform made', (generation, step) => {
  const [before, after] = STEPS[step]!;
  const made = makePlan(before && stackOf(before, generation), stackOf(after, generation), generation);
  const real = recorded(`${generation}-${step}`);
  expect(essence(judge(parsePlan(JSON.stringify(made))))).toEqual(
    essence(judge(parsePlan(JSON.stringify(real)))),
  );
});
