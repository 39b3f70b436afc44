import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { UserError } from '../../model/user-error';

/** An element of a document whose order counts, with its texts decoded. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

type Ordered = Readonly<Record<string, unknown>>;

const ATTRIBUTES = ':@';
const TEXT = '#text';
const CDATA = '#cdata';

const options = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  cdataPropName: CDATA,
  // Decoded and encoded here, so that hostile text comes out as it went in, and nothing is expanded.
  processEntities: false,
} as const;
const parser = new XMLParser({
  ...options,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignorePiTags: true,
  ignoreDeclaration: true,
});
const builder = new XMLBuilder({ ...options, suppressEmptyNode: true });

/** How many documents are kept; clones are planned and applied ten at a time, each with its machine's definition. */
const KEPT = 32;

/** The documents that were read last: one definition is looked at for its mark, its note and its drift. */
const lately = new Map<string, XmlElement>();

/**
 * Reads a document without document type and entities of its own.
 *
 * @throws UserError that says what is wrong with it
 */
export function parseXml(text: string): XmlElement {
  const known = lately.get(text);
  if (known !== undefined) return known;
  const root = readXml(text);
  lately.set(text, root);
  if (lately.size > KEPT) lately.delete(lately.keys().next().value!);
  return root;
}

function readXml(text: string): XmlElement {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(withoutQuotedParts(text)))
    throw new UserError('it has a document type (<!DOCTYPE …>), which is not taken: leave it out');
  const [control] = CONTROL_CHARACTER.exec(text) ?? [];
  if (control !== undefined)
    throw new UserError(`it has the character ${codePoint(control)}, which XML does not take: leave it out`);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { msg, line } = valid.err;
    throw new UserError(`it is no well-formed XML: line ${line}: ${msg.trim().replace(/\.$/, '')}`);
  }
  const [root, ...others] = parsed(text).filter((node) => typeof node !== 'string');
  if (root === undefined || others.length > 0)
    throw new UserError(`it has ${others.length + (root ? 1 : 0)} root elements, expected one`);
  return root as XmlElement;
}

function parsed(text: string): (XmlElement | string)[] {
  try {
    return (parser.parse(text) as Ordered[]).flatMap(nodesOf);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`it cannot be read as XML: ${(error as Error).message}`);
  }
}

/** Writes an element with all that is in it, in one line. */
export function writeXml(element: XmlElement): string {
  return builder.build([orderedOf(element)]) as string;
}

/** An element. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  children: readonly (XmlElement | string)[] = [],
): XmlElement {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { name, attributes: Object.fromEntries(given), children };
}

/** The elements in an element, without its texts; of one name when it is given. */
export function elementsIn(parent: XmlElement | undefined, name?: string): XmlElement[] {
  return (parent?.children ?? []).filter(
    (child): child is XmlElement => typeof child !== 'string' && (name === undefined || child.name === name),
  );
}

/** The first element of a name in an element. */
export function childOf(parent: XmlElement | undefined, name: string): XmlElement | undefined {
  return elementsIn(parent, name)[0];
}

/** The text of an element, without the spaces around it. */
export function textOf(parent: XmlElement | undefined): string {
  return (parent?.children ?? [])
    .filter((child) => typeof child === 'string')
    .join('')
    .trim();
}

/** What XML 1.0 takes in no document. */
// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

function withoutQuotedParts(text: string): string {
  return text.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, '');
}

function nodesOf(node: Ordered): (XmlElement | string)[] {
  if (typeof node[TEXT] === 'string') return [decoded(node[TEXT])];
  if (node[CDATA] !== undefined) return (node[CDATA] as Ordered[]).map((part) => part[TEXT] as string);
  const [name] = Object.keys(node).filter((key) => key !== ATTRIBUTES);
  if (name === undefined) return [];
  const attributes = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, string>);
  return [
    {
      name,
      attributes: Object.fromEntries(attributes.map(([key, value]) => [key, decoded(value)])),
      children: (node[name] as Ordered[]).flatMap(nodesOf),
    },
  ];
}

function orderedOf({ name, attributes, children }: XmlElement): Ordered {
  const encodedAttributes = Object.entries(attributes).map(([key, value]) => [key, encodedAttribute(value)]);
  return {
    [name]: children.map((child) =>
      typeof child === 'string' ? { [TEXT]: encodedText(child) } : orderedOf(child),
    ),
    [ATTRIBUTES]: Object.fromEntries(encodedAttributes),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replace(/&([^;&<\s]*;?)/g, (whole, inside: string) => {
    const name = inside.replace(/;$/, '');
    const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const character =
      code <= 0x10ffff
        ? String.fromCodePoint(code)
        : Object.hasOwn(ENTITIES, name)
          ? ENTITIES[name]
          : undefined;
    if (!inside.endsWith(';') || character === undefined || CONTROL_CHARACTER.test(character)) {
      throw new UserError(`it is no well-formed XML: ${whole} is no entity of XML: write & as &amp;`);
    }
    return character;
  });
}

function encodedText(text: string): string {
  return text.replace(/[&<>\r]/g, reference);
}

/** A parser makes every space in an attribute a plain one unless it is written so. */
function encodedAttribute(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, reference);
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
