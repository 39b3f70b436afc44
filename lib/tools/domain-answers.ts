import { UserError } from '../model/user-error';
import type { Connection } from './connection';
import { inHalves } from './questions';
import { lines } from './virsh-connection';

/**
 * What each machine answers, by UUID; one that answers nothing is left out.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function domainAnswers(
  connection: Connection,
  uuids: readonly string[],
  command: (uuid: string) => readonly string[],
): Promise<Map<string, string>> {
  const texts = await inHalves(connection, uuids.map(command));
  return new Map(
    texts.flatMap((text, index): [string, string][] => (text.trim() === '' ? [] : [[uuids[index]!, text]])),
  );
}

/**
 * Refuses machines without a definition: one that was undefined meanwhile may say nothing, one that is still there must
 * not.
 *
 * @throws UserError when libvirt is not reachable, or lists a machine and says no more of it
 */
export async function refuseSilence(
  connection: Connection,
  all: readonly string[],
  defined: ReadonlyMap<string, string>,
): Promise<void> {
  const silent = all.filter((uuid) => !defined.has(uuid));
  if (silent.length === 0) return;
  const [still = ''] = await connection.must(['list', '--all', '--uuid']);
  const left = silent.find((uuid) => lines(still).includes(uuid));
  if (left === undefined) return;
  throw new UserError(
    `libvirt lists machine ${left}, but gives no definition of it: try again, or see "virsh dumpxml ${left}"`,
  );
}
