import { FINDINGS, judge, parsePlan } from '../../lib/review';
import { type Damage, DAMAGES, naiveVerdict } from './damages';
import { GENERATIONS, type Generation, recorded } from './recorded';

const cases = GENERATIONS.flatMap((generation) =>
  DAMAGES.filter(({ only }) => only === undefined || only === generation).map(
    (damage): [string, Damage, Generation] => [
      `${damage.code} ${generation} ${damage.what}`,
      damage,
      generation,
    ],
  ),
);

function review(plan: unknown): ReturnType<typeof judge> {
  return judge(parsePlan(JSON.stringify(plan)));
}

describe('a plan of Terraform, damaged in one place, is refused', () => {
  test.each(cases)('%s', (_name, { code, plan, damage }, generation) => {
    const json = recorded(`${generation}-${plan}`);
    expect(review(json).verdict).not.toBe('refused');
    damage(json, generation);
    const found = review(json);
    expect(found.findings.filter(({ severity }) => severity === 'refuse').map((one) => one.code)).toContain(
      code,
    );
    expect(found.verdict).toBe('refused');
  });

  // These are damaged in a way that the naive judge sees too.
  const obvious = new Set([
    'a data volume deleted',
    'an archived data volume made anew beside the deletion of the old one',
  ]);

  test.each(cases.filter(([, { what }]) => !obvious.has(what)))(
    '%s: a judge that only counts deletions passes it',
    (_name, { plan, damage }, generation) => {
      const json = recorded(`${generation}-${plan}`);
      damage(json, generation);
      expect(naiveVerdict(json)).toBe('safe');
    },
  );

  test('every code that refuses has a damaged plan, or needs facts from libvirt', () => {
    const refusing = Object.entries(FINDINGS)
      .filter(([, { severity }]) => severity === 'refuse')
      .map(([code]) => code);
    const shown = new Set<string>([...DAMAGES.map(({ code }) => code), 'RG209', 'RG309', 'RG311', 'RG730']);
    expect(refusing.filter((code) => !shown.has(code))).toEqual([]);
  });
});
