import type { Connection } from '../../tools/connection';
import { domainAnswers, refuseSilence } from '../../tools/domain-answers';
import { parseDomain } from '../../tools/libvirt-xml';
import type { PowerState } from '../../tools/machines';
import { lines } from '../../tools/virsh-connection';
import type { ListedMachine } from './facts';

/**
 * All machines of a host, by name; each list is one question, and what is asked of each machine is little.
 *
 * @throws UserError when libvirt is not reachable, or lists a machine and says no more of it
 */
export async function readMachines(connection: Connection): Promise<Map<string, ListedMachine>> {
  const lists = await connection.must(
    ['list', '--uuid', '--all'],
    ['list', '--uuid', '--state-running'],
    ['list', '--uuid', '--state-shutoff'],
    ['list', '--uuid', '--all', '--with-managed-save'],
    ['list', '--uuid', '--all', '--autostart'],
    ['list', '--uuid', '--all', '--with-snapshot'],
  );
  const [all, running, off, saved, autostart, withSnapshots] = lists.map(lines) as Six<string[]>;
  const [on, out, memories, started] = [running, off, saved, autostart].map((list) => new Set(list)) as Six<
    Set<string>
  >;
  const others = all.filter((uuid) => !on.has(uuid) && !out.has(uuid));
  const [definitions, states, snapshots] = await Promise.all([
    domainAnswers(connection, all, of(DEFINITION)),
    domainAnswers(connection, others, of(['domstate'])),
    domainAnswers(connection, withSnapshots, of(['snapshot-list', '--name'])),
  ]);
  await refuseSilence(connection, all, definitions);
  const machines = [...definitions].map(([uuid, xml]): ListedMachine => {
    const state = on.has(uuid) ? 'running' : out.has(uuid) ? 'shut off' : (states.get(uuid) ?? 'missing');
    return {
      name: nameIn(xml),
      uuid,
      state: state.trim() as PowerState,
      saved: memories.has(uuid),
      autostart: started.has(uuid),
      snapshots: lines(snapshots.get(uuid) ?? ''),
      xml,
    };
  });
  return new Map(machines.map((machine) => [machine.name, machine]));
}

/**
 * One machine, but for its snapshots; `undefined` when libvirt has none of that name.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readMachine(
  connection: Connection,
  name: string,
): Promise<Omit<ListedMachine, 'snapshots'> | undefined> {
  const [xml = '', info = ''] = await connection.batch(
    [DEFINITION, ['dominfo']].map((words) => of(words)(name)),
  );
  if (xml.trim() === '') return undefined;
  const found = parseDomain(xml);
  // virsh takes a number as the id of a running machine first.
  if (found.name !== name) return undefined;
  return {
    name,
    uuid: found.uuid,
    state: (/^State: +(.+)$/m.exec(info)?.[1] ?? 'missing') as PowerState,
    saved: /^Managed save: +yes$/m.test(info),
    autostart: /^Autostart: +enable$/m.test(info),
    xml,
  };
}

/** libvirt writes the name first; to parse the definitions of a whole fleet for it takes longer than to ask for them. */
function nameIn(xml: string): string {
  return /^\s*<domain\b[^>]*>\s*<name>([^<&]+)<\/name>/.exec(xml)?.[1] ?? parseDomain(xml).name;
}

type Six<Value> = [Value, Value, Value, Value, Value, Value];

const DEFINITION = ['dumpxml', '--inactive', '--security-info'];

/** A command about one machine, also where its name begins with a dash. */
function of(words: readonly string[]): (machine: string) => readonly string[] {
  return (machine) => [...words, '--domain', machine];
}
