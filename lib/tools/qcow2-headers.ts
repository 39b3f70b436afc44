import type { Qcow2Header } from '../model/qcow2-header';
import { parseQcow2Header, QCOW2_HEADER_CLUSTER } from '../model/qcow2-header';
import type { Surroundings } from './process';
import { VirshConnection } from './virsh-connection';
import { volumeHeads } from './volume-heads';

/** The shortest header of version 3, which all of its fields are read from. */
const SHORTEST = 104;

/**
 * The headers of volumes by their paths, read over libvirt, which tells the format of a backing file also where the
 * header fixes none and it has guessed; left out for each that cannot be read or is no qcow2.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function readQcow2Headers(
  uri: string,
  paths: readonly string[],
  surroundings: Surroundings,
): Promise<Map<string, Qcow2Header>> {
  const heads = await volumeHeads(
    new VirshConnection(uri, surroundings),
    paths.map((path) => [path]),
    QCOW2_HEADER_CLUSTER,
  );
  return new Map(
    paths.flatMap((path, index): [string, Qcow2Header][] => {
      const header = heads[index]!.length < SHORTEST ? undefined : parseQcow2Header(heads[index]!);
      return header && [2, 3].includes(header.version) ? [[path, header]] : [];
    }),
  );
}
