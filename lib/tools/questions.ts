import type { Connection } from './connection';

/**
 * Runs commands of which none depends on another, in two halves, since libvirt answers two connections at once; the
 * answer of one that fails is empty.
 *
 * @throws UserError when libvirt is not reachable, or goes away meanwhile
 */
export async function inHalves(
  connection: Connection,
  commands: readonly (readonly string[])[],
): Promise<string[]> {
  const half = Math.ceil(commands.length / 2);
  const answers = await Promise.all([
    connection.batch(commands.slice(0, half)),
    connection.batch(commands.slice(half)),
  ]);
  return answers.flat();
}
