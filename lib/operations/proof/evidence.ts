import type { Proof } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import type { Volumes } from '../../tools/volumes';

/** What a proof was taken by: a run may go on with another `--proof` than it began with. */
export function kindOf(before: string): Exclude<Proof, 'none'> {
  return /^[0-9a-f]{64}$/.test(before) ? 'digest' : 'metadata';
}

/**
 * What is compared of a data volume before and after a change: the SHA-256 of all bytes, or what tells that the file was
 * written to.
 *
 * @throws UserError when it is not there or cannot be read
 */
export async function evidence(
  volumes: Volumes,
  file: string,
  proof: Exclude<Proof, 'none'>,
): Promise<string> {
  if (proof === 'digest') return volumes.digest(file);
  const [facts] = await volumes.known([file]);
  if (!facts)
    throw new UserError(
      `data volume ${file} is not in storage pool ${volumes.pool}: bring it back before anything else`,
    );
  const { allocation, capacity, format, modified } = facts;
  return `${format}, ${capacity} bytes, ${allocation} allocated, changed at ${modified}`;
}
