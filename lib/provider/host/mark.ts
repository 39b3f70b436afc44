import { XMLParser } from 'fast-xml-parser';
import { escapedXml } from '../../dialects/metadata';
import { UserError } from '../../model/user-error';
import type { VolumeType } from '../../model/volume-type';
import { VOLUME_TYPES } from '../../model/volume-type';
import type { Element } from '../../tools/libvirt-xml';
import { at, attribute } from '../../tools/libvirt-xml';
import { elementsOf } from '../../tools/xml-elements';

/** The XML namespace of the mark in a machine's metadata. */
export const CLONE_NAMESPACE = 'https://regraft.dev/xmlns/clone/1';

/** A volume that the mark names. */
export interface MarkedVolume {
  readonly name: string;
  readonly type: VolumeType;
  /** The path of its file. */
  readonly path: string;
}

/** What a machine's metadata says of the clone that it is, so that whoever finds the machine knows whose it is. */
export interface Mark {
  readonly name: string;
  readonly base: string;
  /** The base that is kept as the way back; null when there is none. */
  readonly retain: string | null;
  /** The SHA-256 of what the clone was made from. */
  readonly inputs: string;
  readonly volumes: readonly MarkedVolume[];
}

/**
 * The mark as an element of a machine's metadata.
 *
 * @throws UserError for text that XML cannot hold
 */
export function markXml({ name, base, retain, inputs, volumes }: Mark): string {
  const children = volumes.map((volume) => {
    const { name, type, path } = volume;
    return `<regraft:volume${attributes({ name, type, path })}/>`;
  });
  const own = attributes({ name, base, ...(retain === null ? {} : { retain }), inputs });
  return `<regraft:clone xmlns:regraft="${CLONE_NAMESPACE}"${own}>${children.join('')}</regraft:clone>`;
}

/** The mark in a machine's definition (`virsh dumpxml`); `undefined` when there is none that can be read. */
export function readMark(domainXml: string): Mark | undefined {
  const metadata = at(at(parser.parse(domainXml) as Element, 'domain'), 'metadata');
  for (const key of Object.keys(metadata ?? {})) {
    const [, prefix = ''] = /^(.+:)?clone$/.exec(key) ?? [];
    const declaration = prefix === '' ? '@xmlns' : `@xmlns:${prefix.slice(0, -1)}`;
    const found = elementsOf(metadata, `${prefix}clone`).find(
      (element) => element[declaration] === CLONE_NAMESPACE,
    );
    if (found) return markOf(found, elementsOf(found, `${prefix}volume`));
  }
  return undefined;
}

function markOf(clone: Element, volumes: readonly Element[]): Mark | undefined {
  const marked = volumes.map((volume) => ({
    name: decoded(volume, 'name'),
    type: decoded(volume, 'type') as VolumeType,
    path: decoded(volume, 'path'),
  }));
  const mark = {
    name: decoded(clone, 'name'),
    base: decoded(clone, 'base'),
    inputs: decoded(clone, 'inputs'),
  };
  if (mark.name === '' || !marked.every(({ type }) => VOLUME_TYPES.includes(type))) return undefined;
  const retain = '@retain' in clone ? decoded(clone, 'retain') : null;
  return { ...mark, retain, volumes: marked };
}

// Entities are decoded here, in one pass: the parser decodes them one kind after the other, `&amp;#34;` twice.
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
});

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${written(value)}"`)
    .join('');
}

function written(value: string): string {
  if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(value)) {
    throw new UserError(
      `${JSON.stringify(value)} has a character that XML cannot hold: take one without control characters`,
    );
  }
  // White space would come back as plain spaces.
  return escapedXml(value).replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(element: Element, name: string): string {
  return attribute(element, name).replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi,
    (_, hexadecimal?: string, decimal?: string, named?: string) =>
      named === undefined
        ? String.fromCodePoint(hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16))
        : NAMED[named]!,
  );
}
