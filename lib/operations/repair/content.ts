import { imageDigest } from '../../images/image-digest';
import type { ContentQuestion, VolumeContent } from '../../review/repair';
import type { Surroundings } from '../../tools/process';
import { Volumes } from '../../tools/volumes';
import { localImage } from '../local-image';
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
  const { source, sha256 } = declaredVolumes(content)[address ?? ''] ?? {};
  const image = localImage(source, stack);
  const { env } = surroundings;
  const expected =
    sha256 ?? (image === undefined ? undefined : await imageDigest(image, { env }).catch(() => undefined));
  if (expected === undefined) return { image: 'unknown' };
  return { image: (await volumes.digest(file)) === expected ? 'same' : 'other' };
}
