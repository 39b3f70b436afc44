import { XMLBuilder } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';
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

const builder = new XMLBuilder({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  // Encoded here, so that hostile text comes out as it went in.
  processEntities: false,
  suppressEmptyNode: true,
});

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

/** An element that is still read. */
interface Open extends XmlElement {
  readonly children: (XmlElement | string)[];
}

/** A fleet has thousands of definitions, which every plan reads: a parser that gives a tree takes ten times as long. */
function readXml(text: string): XmlElement {
  const top: Open = { name: '', attributes: {}, children: [] };
  const open = [top];
  const parser = new SaxesParser();
  const add = (child: XmlElement | string): void => void open.at(-1)!.children.push(child);
  parser.on('error', ({ message }) => {
    const words = message.replace(/^(\d+):(\d+): /, 'line $1, column $2: ').replace(/\.$/, '');
    throw new UserError(`it is no well-formed XML: ${words}; in texts & is written &amp;, and < is &lt;`);
  });
  parser.on('doctype', () => {
    throw new UserError('it has a document type (<!DOCTYPE …>), which is not taken: leave it out');
  });
  parser.on('opentag', ({ name, attributes }) => {
    const child: Open = { name, attributes: { ...attributes }, children: [] };
    add(child);
    open.push(child);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (part) => {
    // What stands around the root is no part of it.
    if (open.length > 1) add(part);
  });
  parser.on('cdata', add);
  parser.write(text).close();
  return elementsIn(top)[0]!;
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

function orderedOf({ name, attributes, children }: XmlElement): Ordered {
  const encodedAttributes = Object.entries(attributes).map(([key, value]) => [key, encodedAttribute(value)]);
  return {
    [name]: children.map((child) =>
      typeof child === 'string' ? { [TEXT]: encodedText(child) } : orderedOf(child),
    ),
    [ATTRIBUTES]: Object.fromEntries(encodedAttributes),
  };
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
