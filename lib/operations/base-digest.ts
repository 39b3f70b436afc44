import { UserError } from '../model/user-error';
import type { Volumes } from '../tools/volumes';
import { bytesRead } from './bytes-read';

/** What a volume's file is. */
export interface FileDigest {
  readonly sha256: string;
  /** Bytes of the file. */
  readonly size: number;
}

/**
 * The digest of a base volume's file, read over libvirt.
 *
 * @throws UserError when it is not there, or cannot be read
 */
export async function baseDigest(
  volumes: Volumes,
  file: string,
  tell: (step: string) => void,
): Promise<FileDigest> {
  const [facts] = await volumes.facts([file]);
  if (!facts) throw new UserError(`${file} is not in storage pool ${volumes.pool}`);
  tell(`SHA-256 of base volume ${file}`);
  const say = bytesRead(`SHA-256 of base volume ${file}`, tell);
  let size = 0;
  const sha256 = await volumes.digest(file, (read) => {
    size = read;
    say(read);
  });
  return { sha256, size };
}
