/** TypeScript that is written as it is: a name, or a call such as `Volume.system({ … })`. */
export class Code {
  constructor(
    /** A name, such as `Volume.system`. */
    readonly name: string,
    /** What it is called with; without it, it is not called. */
    readonly argument?: Literal,
  ) {}
}

/** A value that is written as TypeScript. */
export type Literal =
  string | number | boolean | undefined | Code | readonly Literal[] | { readonly [key: string]: Literal };

/** Columns of a line. */
const WIDTH = 110;

/** A value as TypeScript, on one line where it fits; what is `undefined` is left out. */
export function literal(value: Literal, indent = 0): string {
  const inline = inlined(value);
  if (inline.length + indent <= WIDTH && !inline.includes('\n')) return inline;
  if (value instanceof Code)
    return value.argument === undefined ? inline : `${value.name}(${literal(value.argument, indent)})`;
  if (typeof value !== 'object') return inline;
  const inner = ' '.repeat(indent + 2);
  const close = ' '.repeat(indent);
  if (isList(value)) {
    return `[\n${value.map((item) => `${inner}${literal(item, indent + 2)},\n`).join('')}${close}]`;
  }
  const lines = entriesOf(value).map(
    ([key, item]) => `${inner}${keyOf(key)}: ${literal(item, indent + 2)},\n`,
  );
  return `{\n${lines.join('')}${close}}`;
}

function inlined(value: Literal): string {
  if (value instanceof Code)
    return value.argument === undefined ? value.name : `${value.name}(${inlined(value.argument)})`;
  if (typeof value === 'string') return textOf(value);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(inlined).join(', ')}]`;
  const entries = entriesOf(value).map(([key, item]) => `${keyOf(key)}: ${inlined(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function entriesOf(value: { readonly [key: string]: Literal }): [string, Literal][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

function isList(value: Literal): value is readonly Literal[] {
  return Array.isArray(value);
}

/** A text in single quotes, without anything in it that TypeScript would take for something else. */
function textOf(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : textOf(key);
}
