/** A value that does not fit its type: which value where, and what was expected. */
export class ValueError extends Error {
  override readonly name = 'ValueError';

  constructor(path: Path, value: unknown, expected: string) {
    super(`${path.length === 0 ? 'the value' : pathText(path)} is ${shown(value)}, expected ${expected}`);
  }
}

/** The way to a value: names of attributes, and keys and indices in brackets. */
export type Path = readonly (string | { readonly key: string | number })[];

function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'string' ? `.${step}` : `[${JSON.stringify(step.key)}]`))
    .join('')
    .replace(/^\./, '');
}

// Only its kind: the value may be a secret.
function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'symbol') return 'unknown';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
