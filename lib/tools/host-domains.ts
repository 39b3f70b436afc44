import type { HostDomain, KeptDefinition } from '../model/host-contents';
import { UserError } from '../model/user-error';
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
    answers(connection, all, (uuid) => ['dumpxml', '--inactive', uuid]),
    answers(connection, running, (uuid) => ['dumpxml', uuid]),
    answers(connection, saved, (uuid) => ['managedsave-dumpxml', uuid]),
    answers(connection, snapshots, (uuid) => ['snapshot-list', '--name', uuid]),
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

/** What each machine answers; one that answers nothing is left out. */
async function answers(
  connection: VirshConnection,
  uuids: readonly string[],
  command: (uuid: string) => readonly string[],
): Promise<Map<string, string>> {
  const texts = await connection.batch(uuids.map(command));
  return new Map(
    uuids.flatMap((uuid, index): [string, string][] => {
      const text = texts[index] ?? '';
      return text.trim() === '' ? [] : [[uuid, text]];
    }),
  );
}

/** A machine that was undefined meanwhile may say nothing; one that is still there must not. */
async function refuseSilence(
  connection: VirshConnection,
  all: readonly string[],
  defined: ReadonlyMap<string, string>,
): Promise<void> {
  const silent = all.filter((uuid) => !defined.has(uuid));
  if (silent.length === 0) return;
  const [still = ''] = await connection.must(['list', '--all', '--uuid']);
  const left = silent.filter((uuid) => lines(still).includes(uuid));
  if (left.length === 0) return;
  throw new UserError(
    `libvirt lists machine ${left[0]!}, but gives no definition of it: try again, or see "virsh dumpxml ${left[0]!}"`,
  );
}
