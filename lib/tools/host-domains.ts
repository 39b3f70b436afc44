import type { HostDomain, KeptDefinition } from '../model/host-contents';
import { domainAnswers, refuseSilence } from './domain-answers';
import { parseHostDomain, parseSnapshot } from './host-xml';
import { lines, type VirshConnection } from './virsh-connection';

/**
 * All machines: their definitions at the next start and as they run, and what snapshots and saved memory bring back.
 *
 * @throws UserError when libvirt is not reachable, or lists a machine and says no more of it
 */
export async function readDomains(connection: VirshConnection): Promise<HostDomain[]> {
  const lists = await connection.must(
    ['list', '--all', '--uuid'],
    ['list', '--uuid'],
    ['list', '--all', '--uuid', '--with-managed-save'],
    ['list', '--all', '--uuid', '--with-snapshot'],
  );
  const [all, running, saved, snapshots] = lists.map((text) => lines(text)) as [
    string[],
    string[],
    string[],
    string[],
  ];
  const [defined, live, memories, names] = await Promise.all([
    domainAnswers(connection, all, (uuid) => ['dumpxml', '--inactive', uuid]),
    domainAnswers(connection, running, (uuid) => ['dumpxml', uuid]),
    domainAnswers(connection, saved, (uuid) => ['managedsave-dumpxml', uuid]),
    domainAnswers(connection, snapshots, (uuid) => ['snapshot-list', '--name', uuid]),
  ]);
  const kept = await readSnapshots(connection, names);
  await refuseSilence(connection, all, defined);
  return all.flatMap((uuid): HostDomain[] => {
    const xml = defined.get(uuid);
    if (xml === undefined) return [];
    const now = live.get(uuid);
    const memory = memories.get(uuid);
    return [
      {
        ...parseHostDomain(xml),
        xml,
        running: now !== undefined,
        liveDisks: now === undefined ? [] : parseHostDomain(now).disks,
        kept: [
          ...(memory === undefined ? [] : [{ of: 'saved memory', disks: parseHostDomain(memory).disks }]),
          ...(kept.get(uuid) ?? []),
        ],
      },
    ];
  });
}

async function readSnapshots(
  connection: VirshConnection,
  names: ReadonlyMap<string, string>,
): Promise<Map<string, KeptDefinition[]>> {
  const wanted = [...names].flatMap(([uuid, text]) => lines(text).map((name) => ({ uuid, name })));
  const texts = await connection.batch(wanted.map(({ uuid, name }) => ['snapshot-dumpxml', uuid, name]));
  const found = new Map<string, KeptDefinition[]>();
  wanted.forEach(({ uuid, name }, index) => {
    const text = texts[index] ?? '';
    if (text.trim() === '') return;
    found.set(uuid, [...(found.get(uuid) ?? []), { of: `snapshot ${name}`, disks: parseSnapshot(text) }]);
  });
  return found;
}
