import { cloneMac, cloneUuid } from '../../model/identity';
import { UNKNOWN } from '../protocol/values';
import { hasMachine } from './changes';
import type { Maybe } from './clone-state';
import { domainXmlProblems, writtenIdentity } from './domain-xml-problems';
import type { Situation } from './situation';

/** What a machine is known by. */
export interface Identity {
  readonly uuid: Maybe<string>;
  readonly macs: Maybe<readonly string[]>;
}

/**
 * The machine's UUID and MAC addresses: what its definition says, else what they were, else derived from host and name,
 * so that a machine that is made anew keeps them.
 */
export function planIdentity(situation: Situation): Identity {
  const { config, name, told, prior, machine, facts } = situation;
  if (config.domain_xml === UNKNOWN) return { uuid: UNKNOWN, macs: UNKNOWN };
  const xml = config.domain_xml as string;
  const problems = domainXmlProblems(xml, name);
  for (const problem of problems) told.error(['domain_xml'], `domain_xml: ${problem}`);
  if (problems.length > 0) return { uuid: UNKNOWN, macs: UNKNOWN };
  const written = writtenIdentity(xml);
  const former = (hasMachine(prior) ? prior!.uuid : undefined) ?? machine?.uuid;
  // A machine that was made otherwise may have another one than its definition has said ever since.
  const isNew = prior === null || writtenUuid(prior.domain_xml) !== written.uuid;
  const said = former !== undefined && !isNew ? undefined : written.uuid;
  const uuid = said ?? former ?? prior?.uuid ?? cloneUuid(scopeOf(situation), name);
  if (former !== undefined && uuid !== former) {
    told.error(
      ['domain_xml'],
      `domain_xml: its <uuid> is ${uuid}, and machine ${name} has ${former}, which it keeps: write that, or leave <uuid> out`,
    );
  }
  const other = [...facts.listing.machines.values()].find((one) => one.uuid === uuid && one.name !== name);
  if (other !== undefined) {
    told.error(
      ['domain_xml'],
      `machine ${other.name} has the UUID ${uuid} of clone ${name}: write another <uuid>, or rename ${other.name} back`,
    );
  }
  return { uuid, macs: macsOf(situation, written.macs) };
}

function writtenUuid(xml: string): string | undefined {
  return writtenIdentity(xml).uuid;
}

function macsOf(situation: Situation, written: readonly (string | undefined)[]): string[] {
  const { prior, machine, name } = situation;
  const present = prior?.macs ?? (machine === undefined ? [] : writtenIdentity(machine.xml).macs);
  const used = new Set(written.filter((mac) => mac !== undefined));
  return written.map((mac, index) => {
    if (mac !== undefined) return mac;
    const former = present[index];
    const chosen = former !== undefined && !used.has(former) ? former : freeMac(situation, name, index, used);
    used.add(chosen);
    return chosen;
  });
}

function freeMac(situation: Situation, name: string, index: number, used: ReadonlySet<string>): string {
  for (let number = index; ; number += 1) {
    const mac = cloneMac(scopeOf(situation), name, number);
    if (!used.has(mac)) return mac;
  }
}

/** Clones of one name on two hosts, or in two storage pools, are two machines. */
function scopeOf({ facts }: Situation): string {
  return `${facts.uri}/${facts.storage.name}`;
}
