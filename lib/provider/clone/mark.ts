import { createHash } from 'node:crypto';
import type { CloneState } from './clone-state';
import type { XmlElement } from './xml-tree';
import { childOf, element, elementsIn, parseXml } from './xml-tree';

/** The XML namespace of the mark that the provider leaves in the metadata of its machines. */
export const MARK_NAMESPACE = 'https://regraft.dev/xmlns/clone/1';

/** What a machine's metadata says of the clone that it is, so that a run that broke off finds its own again. */
export interface CloneMark {
  readonly name: string;
  readonly base: string;
  readonly retain: string | null;
  /** {@link inputsDigest} of the state that it was defined for. */
  readonly inputs: string;
  /** The paths of its volumes, by name. */
  readonly volumes: Readonly<Record<string, string>>;
  /** The paths of its retained overlays, by volume. */
  readonly retained: Readonly<Record<string, string>>;
}

/** The mark of a machine in a clone's state. */
export function markOf(state: CloneState): CloneMark {
  const volumes = Object.entries(state.volumes).flatMap(([volume, { path }]) =>
    path === null ? [] : [[volume, path]],
  );
  return {
    name: state.name,
    base: state.base,
    retain: state.retain,
    inputs: inputsDigest(state),
    volumes: Object.fromEntries(volumes) as Record<string, string>,
    retained: state.retained,
  };
}

/** The SHA-256 of all that was asked for, the same for the same configuration in the same place. */
function inputsDigest(state: CloneState): string {
  const { name, base, retain, restore, domain_xml, cloud_init, uuid, macs } = state;
  const volumes = Object.entries(state.volumes).sort(([a], [b]) => (a < b ? -1 : 1));
  const inputs = [name, base, retain, restore, domain_xml, cloud_init, uuid, macs, volumes];
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** The mark as an element of a machine's metadata. */
export function markElement({ name, base, retain, inputs, volumes, retained }: CloneMark): XmlElement {
  const entries = (kind: string, paths: Readonly<Record<string, string>>): XmlElement[] =>
    Object.keys(paths)
      .sort()
      .map((volume) => element(`regraft:${kind}`, { name: volume, path: paths[volume] }));
  return element(
    'regraft:clone',
    { 'xmlns:regraft': MARK_NAMESPACE, name, base, retain: retain ?? undefined, inputs },
    [...entries('volume', volumes), ...entries('retained', retained)],
  );
}

/** The mark in a machine's definition; `undefined` when it has none that can be read. */
export function parseMark(xml: string): CloneMark | undefined {
  const metadata = childOf(parseXml(xml), 'metadata');
  const found = elementsIn(metadata).find((one) => namespaceOf(one) === MARK_NAMESPACE);
  const { name, base, retain, inputs } = found?.attributes ?? {};
  if (name === undefined || base === undefined || inputs === undefined) return undefined;
  const paths = (kind: string): Record<string, string> =>
    Object.fromEntries(
      elementsIn(found)
        .filter((one) => localName(one) === kind)
        .map(({ attributes }) => [attributes['name'] ?? '', attributes['path'] ?? '']),
    );
  return {
    name,
    base,
    retain: retain ?? null,
    inputs,
    volumes: paths('volume'),
    retained: paths('retained'),
  };
}

/** The namespace that an element of the metadata declares for itself, as libvirt wants it. */
export function namespaceOf({ name, attributes }: XmlElement): string | undefined {
  return attributes[declarationOf(name)];
}

/** The attribute that declares the namespace of a name. */
export function declarationOf(name: string): string {
  const [prefix] = name.includes(':') ? name.split(':') : [];
  return prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
}

function localName({ name }: XmlElement): string {
  return name.replace(/^[^:]*:/, '');
}
