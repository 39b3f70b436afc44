import type { AddressRole } from '../../model/manifest';
import type { Case } from '../case';
import type { ImageFact } from '../facts';

type BaseRole = Extract<AddressRole, { role: 'base' }>;

/** Judges the images that the plan uploads: whether they can be volumes, and whether they are what the code says. */
export function judgeImages(given: Case): void {
  for (const fact of given.images) {
    const address = fact.addresses[0]!;
    for (const problem of fact.problems)
      given.report('RG341', { address, expected: 'an image that can stand alone', found: problem });
    if (fact.unchecked !== undefined)
      given.report('RG343', { address, expected: `all of ${fact.image} checked`, found: fact.unchecked });
    for (const [at, role] of basesOf(given, fact)) judgeDigest(given, fact, at, role);
  }
  judgeMissing(given);
}

function judgeDigest(given: Case, { image, sha256 }: ImageFact, address: string, role: BaseRole): void {
  const expected = declared(given, role);
  if (sha256 === undefined || expected === undefined || sha256 === expected) return;
  given.report('RG342', {
    address,
    expected: `SHA-256 ${expected}`,
    found: `${image} has SHA-256 ${sha256}`,
  });
}

/** One finding a base, with a line for each of its volumes. */
function judgeMissing(given: Case): void {
  const missing = new Map<string, { address: string; lines: string[]; expected: string }>();
  for (const fact of given.images) {
    if (fact.sha256 === undefined || fact.problems.length > 0) continue;
    for (const [address, role] of basesOf(given, fact)) {
      if (declared(given, role) !== undefined) continue;
      const key = `${role.host}/${role.base}`;
      const one = missing.get(key) ?? { address, lines: [], expected: `a sha256 of each image of ${key}` };
      one.lines.push(`none of ${role.volume}, add  sha256: '${fact.sha256}'`);
      missing.set(key, one);
    }
  }
  for (const { address, lines, expected } of missing.values())
    given.report('RG340', { address, expected, found: lines.join('; ') });
}

function basesOf(given: Case, { addresses }: ImageFact): [string, BaseRole][] {
  return addresses.flatMap((address): [string, BaseRole][] => {
    const role = given.after.addresses[address];
    return role?.role === 'base' ? [[address, role]] : [];
  });
}

function declared({ after }: Case, { host, base, volume }: BaseRole): string | undefined {
  return after.bases[`${host}/${base}`]?.volumes[volume]?.sha256;
}
