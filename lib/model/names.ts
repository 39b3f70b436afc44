import { distance } from 'fastest-levenshtein';

/**
 * The longest name of a base, pool, clone or volume, in characters.
 *
 * File names are made of up to four of them and a time, and Linux takes 255 bytes.
 */
export const MAX_NAME_LENGTH = 60;

const NAME = /^[a-z](?:[a-z0-9]|[-_](?=[a-z0-9]))*$/i;

/**
 * What is wrong with a name, or `undefined` when it is right.
 *
 * A name becomes part of Terraform addresses, libvirt domain names and file names, so that only letters, digits
 * and single `-` or `_` between them are left; two in a row separate the parts of an address.
 */
export function nameProblem(what: string, name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) {
    return `${what} ${JSON.stringify(name)} has ${name.length} characters, more than ${MAX_NAME_LENGTH}: shorten it`;
  }
  if (name in Object.prototype)
    return `${what} ${JSON.stringify(name)} is a word that JavaScript gives every object: choose another name`;
  if (NAME.test(name)) return undefined;
  return `${what} ${JSON.stringify(name)} is not a name that libvirt and Terraform take: use letters, digits and single '-' or '_' between them, beginning with a letter`;
}

/** The known name nearest to a mistyped one, or `undefined` when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const byDistance = known
    .map((candidate) => ({ candidate, steps: distance(name, candidate) }))
    .sort((a, b) => a.steps - b.steps);
  const best = byDistance[0];
  return best && best.steps <= Math.max(2, name.length / 3) ? best.candidate : undefined;
}

/** The end of a message about an unknown name: the nearest known one, or what there is. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean ${JSON.stringify(nearest)}?`;
  if (known.length === 0) return 'there are none';
  const shown = known.slice(0, 5).join(', ');
  return `known are ${shown}${known.length > 5 ? ` and ${known.length - 5} more` : ''}`;
}
