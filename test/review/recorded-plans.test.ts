import { judge, parsePlan, type Review } from '../../lib/review';
import { fatesIn } from './fates';
import { GENERATIONS, type Generation, recordedNames, recordedText } from './recorded';

/** What a review of each recorded plan must come to: verdict, stage, fates and finding codes. */
type Expected = [verdict: Review['verdict'], stage: string, volumes: string, codes: string];

const EXPECTED: Record<string, Expected | Partial<Record<Generation, Expected>>> = {
  create: ['safe', 'created', 'created 7', ''],
  nothing: ['nothing-to-do', 'unchanged', 'kept 7', ''],
  canary: ['safe', 'rebased', 'kept 5, replaced 1, reset 1, retained 1', ''],
  'canary-nothing': ['nothing-to-do', 'unchanged', 'kept 7, retained 1', ''],
  revert: ['safe', 'reverted', 'kept 5, reset 1, reverted 1', 'RG408'],
  'without-way-back': ['safe', 'rebased', 'kept 3, replaced 2, reset 2', 'RG406'],
  targeted: ['refused', '', '', 'RG103 RG104'],
  all: ['safe', 'rebased', 'kept 3, replaced 2, reset 2, retained 2', ''],
  'restore-in-rebase': ['safe', 'changed', 'kept 5, replaced 1, reset 1, retained 2', 'RG405'],
  promote: ['safe', 'promoted', 'discarded way back 2, kept 7', 'RG407'],
  restore: ['safe', 'changed', 'kept 5, replaced 1, reset 1', 'RG405'],
  grow: ['safe', 'changed', 'kept 7', ''],
  drop: ['refused', 'changed', 'discarded 2, endangered 2, kept 3', 'RG102 RG201'],
  rename: ['refused', 'created removed', 'created 7, discarded 4, endangered 3', 'RG102 RG201'],
  retire: ['safe', 'changed', 'archived 2, discarded 2, kept 3', 'RG211'],
  'bring-back': ['safe', 'changed', 'created 2, kept 5', ''],
  purge: ['safe', 'changed', 'kept 3, purged 2', 'RG210'],
  'retire-base': ['safe', 'unchanged', 'kept 3', ''],
  'drop-base': ['safe', 'unchanged', 'kept 3', ''],
  'add-base': ['safe', 'unchanged', 'kept 3', ''],
  'drop-other': ['safe', 'unchanged', 'kept 3', 'RG601'],
  'missing-data': {
    // 0.8 reads the machine before it plans, and stumbles over the missing volume: the plan has an error besides.
    '0.8': ['refused', 'changed', 'endangered 1, kept 2', 'RG102 RG203'],
    '0.9': ['refused', 'changed', 'endangered 1, kept 2', 'RG203'],
  },
  'missing-data-forgotten': { '0.9': ['refused', 'changed', 'endangered 1, kept 2', 'RG203'] },
  'grown-pool': { '0.9': ['safe', 'changed', 'created 3, kept 3', ''] },
  'after-break-off': { '0.9': ['safe', 'changed', 'kept 6', ''] },
};

function expectedOf(name: string): Expected | undefined {
  const [, generation, step] = /^(?:tofu-)?(0\.\d)-(.*)$/.exec(name)!;
  const expected = EXPECTED[step!];
  return Array.isArray(expected) ? expected : expected?.[generation as Generation];
}

describe('the review of a plan that Terraform or OpenTofu made on real libvirt', () => {
  const names = recordedNames().filter((name) => !name.endsWith('-destroy'));

  test.each(names)('%s', (name) => {
    const review = judge(parsePlan(recordedText(name)));
    const found: Expected = [
      review.verdict,
      review.pools.map(({ stage }) => stage).join(' '),
      fatesIn(review),
      [...new Set(review.findings.map(({ code }) => code))].join(' '),
    ];
    const expected = expectedOf(name)!;
    // OpenTofu has no `complete`: that a plan is targeted shows only by what is missing in it.
    expect(found).toEqual(
      name.startsWith('tofu') && name.endsWith('targeted') ? [...expected.slice(0, 3), 'RG104'] : expected,
    );
  });

  test.each(GENERATIONS)('%s: removing regraft from the stack is an error of its own', (generation) => {
    expect(() => judge(parsePlan(recordedText(`${generation}-destroy`)))).toThrow(
      expect.objectContaining({ kind: 'manifest-removed' }),
    );
  });

  test('every step that is expected was recorded with both providers', () => {
    const expected = Object.entries(EXPECTED).flatMap(([step, value]) =>
      GENERATIONS.filter((generation) => Array.isArray(value) || value[generation]).map(
        (generation) => `${generation}-${step}`,
      ),
    );
    expect(recordedNames()).toEqual(expect.arrayContaining(expected));
  });
});
