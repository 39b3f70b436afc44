import type { Case } from '../case';
import type { DigestFact } from '../facts';

/** Judges the base volumes on the hosts by their digests, when those were asked for. */
export function judgeVerified(given: Case): void {
  for (const fact of given.digests) {
    const code = given.after.bases[`${fact.host}/${fact.base}`]?.volumes[fact.volume]?.sha256;
    const { expected, by } = expectationOf(code, fact);
    const place = `${fact.host}/${fact.base}/${fact.volume} (${fact.file})`;
    if (fact.found === undefined) {
      given.report('RG345', { expected: `${place} to be read`, found: fact.obstacle ?? 'nothing' });
    } else if (expected === undefined) {
      given.report('RG345', {
        expected: `a SHA-256 of ${place} in the code or on record`,
        found: `none; it is ${fact.found} now`,
      });
    } else if (fact.found !== expected) {
      given.report('RG344', {
        expected: `${place} with SHA-256 ${expected}, ${by}`,
        found: `SHA-256 ${fact.found}`,
      });
    }
  }
}

/** What a base volume has to be: what the code says, else what was recorded when it was made. */
export function expectationOf(
  code: string | undefined,
  { recorded }: Pick<DigestFact, 'recorded'>,
): { readonly expected?: string; readonly by: string } {
  if (code !== undefined) return { expected: code, by: 'as the code says' };
  if (recorded !== undefined) return { expected: recorded, by: 'as recorded when it was made' };
  return { by: '' };
}
