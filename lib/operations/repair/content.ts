import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ContentQuestion, VolumeContent } from '../../review/repair';
import type { Surroundings } from '../../tools/process';
import { Volumes } from '../../tools/volumes';
import type { RepairStack } from './stack';
import { declaredVolumes } from './stack';

/**
 * Answers a question on a volume's content, by reading it over libvirt.
 *
 * @throws UserError when it cannot be read
 */
export async function contentOf(
  { ask, host, file, address }: ContentQuestion,
  { wanted, applied, content, stack }: RepairStack,
  uri: string,
  surroundings: Surroundings,
): Promise<VolumeContent> {
  const { storage } = (wanted?.hosts[host] ?? applied?.hosts[host])!;
  const volumes = new Volumes(uri, storage, surroundings);
  if (ask === 'blank') return { blank: await volumes.isBlank(file) };
  const { source = '', sha256 } = declaredVolumes(content)[address ?? ''] ?? {};
  const expected = sha256 ?? (await imageDigest(source, stack.folder));
  if (expected === undefined) return { image: 'unknown' };
  return { image: (await volumes.digest(file)) === expected ? 'same' : 'other' };
}

/** The SHA-256 of a local image, which Terraform reads from the stack's folder; `undefined` when it is not at hand. */
async function imageDigest(source: string, folder: string): Promise<string | undefined> {
  if (source === '' || /^https?:\/\//i.test(source) || /[$%]\{/.test(source)) return undefined;
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(resolve(folder, source)), hash);
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}
