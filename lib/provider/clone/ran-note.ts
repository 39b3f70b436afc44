import { patiently } from '../../operations/power/patience';
import { isActive } from '../../tools/machines';
import type { Configuration } from '../configuration';
import type { ListedMachine } from '../host/facts';
import { namespaceOf } from './mark';
import { childOf, elementsIn, parseXml } from './xml-tree';

/** The XML namespace of the note in a machine's metadata that it ran before an apply had it shut down. */
const RAN_NAMESPACE = 'https://regraft.dev/xmlns/ran/1';

/** Whether a machine's definition has the note: an apply had it shut down and did not come to its end. */
export function hasRanNote(xml: string): boolean {
  const metadata = childOf(parseXml(xml), 'metadata');
  return elementsIn(metadata).some((one) => namespaceOf(one) === RAN_NAMESPACE);
}

/**
 * Notes that a machine runs, before it is asked to shut down: nothing else would remember it after a kill.
 *
 * A new definition takes the note over as metadata of others.
 *
 * @throws UserError with libvirt's words
 */
export async function noteRan(name: string, { machines }: Configuration): Promise<void> {
  await patiently(() =>
    machines.setMetadata(name, { namespace: RAN_NAMESPACE, prefix: 'regraft-ran', xml: '<ran/>' }),
  );
}

/**
 * Takes the note away again; a machine that has none is left as it is.
 *
 * @throws UserError with libvirt's words
 */
export async function dropRanNote(name: string, { machines }: Configuration): Promise<void> {
  await patiently(() => machines.removeMetadata(name, RAN_NAMESPACE));
}

/** What the note of an apply that broke off means for a machine, as drift: the next apply finishes the work. */
export function ranNoteDrift({ state, xml }: ListedMachine): string[] {
  if (!hasRanNote(xml)) return [];
  return isActive(state)
    ? ['machine has a note of an apply that broke off']
    : ['machine is off, ran before an apply that broke off'];
}
