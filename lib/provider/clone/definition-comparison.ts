import { roundedSize } from '../../model/size';
import { MEMORY_ELEMENTS, memoryBytes, sameValue } from './definition-values';
import type { XmlElement } from './xml-tree';
import { childOf, elementsIn, textOf } from './xml-tree';

/** libvirt drops these when there is nothing in them. */
const DROPPED_EMPTY = [
  'metadata',
  'features',
  'devices',
  'description',
  'title',
  'resource',
  'cputune',
  'blkiotune',
];

/**
 * What of a written definition a present one does not have, one line each: elements, attributes and texts in any order.
 *
 * What the present one has besides is libvirt's own, or was added by hand: it is no difference.
 */
export function missingParts(written: XmlElement, present: XmlElement): string[] {
  return partsMissingIn(written, present, []);
}

/** Whether a present element has all that a written one says. */
export function covers(written: XmlElement, present: XmlElement): boolean {
  return missingParts(written, present).length === 0;
}

function partsMissingIn(written: XmlElement, present: XmlElement, path: readonly string[]): string[] {
  if (MEMORY_ELEMENTS.includes(written.name)) return memoryDifference(written, present, path);
  return [
    ...attributeDifferences(written, present, path),
    ...textDifference(written, present, path),
    ...childDifferences(elementsIn(written), elementsIn(present), path),
  ];
}

function memoryDifference(written: XmlElement, present: XmlElement, path: readonly string[]): string[] {
  const bytes = (element: XmlElement): number => memoryBytes(textOf(element), element.attributes['unit']);
  const [was, is] = [bytes(written), bytes(present)];
  return was === is ? [] : [line(path, roundedSize(is), roundedSize(was))];
}

function attributeDifferences(written: XmlElement, present: XmlElement, path: readonly string[]): string[] {
  return Object.entries(written.attributes).flatMap(([name, value]) => {
    const found = present.attributes[name];
    if (found !== undefined && sameValue(name, value, found)) return [];
    if (found === undefined && isLeftOut(written, name)) return [];
    return [line([...path, name], found ?? 'not set', value)];
  });
}

/** Machines of the libvirt dialects do not say the size of a temporary volume where it is that of what it stands on. */
function isLeftOut({ name, attributes }: XmlElement, attribute: string): boolean {
  return name === 'regraft:temporary' && attribute === 'size' && attributes['backing'] !== undefined;
}

function textDifference(written: XmlElement, present: XmlElement, path: readonly string[]): string[] {
  const [was, is] = [textOf(written), textOf(present)];
  // An empty element that libvirt has filled in, such as <nvram template=…/>.
  if (was === '' || sameValue(written.name, was, is)) return [];
  return [line(path, is === '' ? 'empty' : is, was)];
}

/** The counterparts are found by what identifies an element, else by what it says, else by their order. */
function childDifferences(
  written: readonly XmlElement[],
  present: readonly XmlElement[],
  path: readonly string[],
): string[] {
  const free = new Set(present);
  const take = (wanted: XmlElement, fits: (one: XmlElement) => boolean): XmlElement | undefined => {
    const found = [...free].find((one) => one.name === wanted.name && fits(one));
    if (found !== undefined) free.delete(found);
    return found;
  };
  const exact = written.map((one) =>
    identityOf(one) === undefined
      ? take(one, (other) => covers(one, other))
      : take(one, (other) => identityOf(other) === identityOf(one)),
  );
  return written.flatMap((one, index) => {
    const identity = identityOf(one);
    const other = exact[index] ?? (identity === undefined ? take(one, () => true) : undefined);
    const here = TRANSPARENT.includes(one.name) ? path : [...path, labelOf(one)];
    if (other !== undefined) return partsMissingIn(one, other, here);
    const empty = one.children.length === 0 && Object.keys(one.attributes).length === 0;
    return empty && DROPPED_EMPTY.includes(one.name) ? [] : [`${here.join(' ')} is gone`];
  });
}

/** Containers that a reader needs not be told. */
const TRANSPARENT = ['devices', 'os', 'metadata'];

/** What tells an element from others of its name; `undefined` where nothing does. */
export function identityOf(element: XmlElement): string | undefined {
  const child = (name: string, attribute: string): string | undefined =>
    childOf(element, name)?.attributes[attribute];
  if (element.name === 'disk') return child('target', 'dev');
  if (element.name === 'interface') return child('mac', 'address')?.toLowerCase();
  if (element.name === 'channel') return child('target', 'name');
  if (element.name === 'controller')
    return `${element.attributes['type']} ${element.attributes['index'] ?? '0'}`;
  if (element.name === 'filesystem') return child('target', 'dir');
  if (element.name === 'graphics') return element.attributes['type'];
  if (element.name === 'regraft:temporary') return element.attributes['target'];
  return undefined;
}

/** An element as a reader knows it, such as `disk vda`. */
export function labelOf(element: XmlElement): string {
  const identity = identityOf(element);
  return identity === undefined ? element.name : `${element.name} ${identity}`;
}

function line(path: readonly string[], is: string, was: string): string {
  return `${path.join(' ')} is ${is}, was ${was}`;
}
