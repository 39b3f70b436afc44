import { posix } from 'node:path';
import * as z from 'zod';
import { baseRecordName } from '../../model/file-names';
import { jsonOf } from '../../model/json';
import { IMAGE_FORMATS, VOLUME_TYPES } from '../../model/volume-type';
import { UserError } from '../../model/user-error';
import type { Configuration, KnownBase } from '../configuration';

/**
 * The record of a base: a small file in the storage pool that says what clones need to know of the base.
 *
 * Terraform plans a changed clone once more while it applies, and a base that does not change is not planned in that
 * process: what the first plan knew from the base's resource, the second one reads here. It is no guess from the base's
 * files, since the format of a raw base is whatever its first bytes look like.
 */
const record = z.object({
  version: z.literal(1),
  name: z.string(),
  volumes: z.record(
    z.string(),
    z.object({
      type: z.enum(VOLUME_TYPES),
      bus: z.string(),
      size: z.number().nullable(),
      format: z.enum(IMAGE_FORMATS),
      path: z.string().nullable(),
      seed: z.string().nullable(),
      sha256: z.string().nullable(),
    }),
  ),
});

/** The path of a base's record on the host. */
export function recordPath(base: string, folder: string): string {
  return posix.join(folder, baseRecordName(base));
}

/**
 * Writes the record of a base, unless it is there already as it should be.
 *
 * @throws UserError with libvirt's words
 */
export async function writeRecord(base: KnownBase, configuration: Configuration): Promise<void> {
  const { listing, storage, volumes } = configuration;
  const path = recordPath(base.name, storage.path);
  const file = posix.basename(path);
  const text = JSON.stringify({ version: 1, name: base.name, volumes: base.volumes });
  if ((await listing.read()).volumes.has(path)) {
    if ((await volumes.noted(file)) === text) return;
    await volumes.delete(file);
    listing.forgetVolume(path);
  }
  await volumes.note(file, text);
  const [facts] = await volumes.facts([file]);
  if (facts) listing.noteVolume(facts);
}

/**
 * The base that a record on the host tells of; `undefined` when there is none.
 *
 * @throws UserError when it cannot be read, or is none of ours
 */
async function readRecord(name: string, configuration: Configuration): Promise<KnownBase | undefined> {
  const { listing, storage, volumes } = configuration;
  const path = recordPath(name, storage.path);
  if (!(await listing.read()).volumes.has(path)) return undefined;
  const found = record.safeParse(jsonOf(await volumes.noted(posix.basename(path))));
  if (found.success && found.data.name === name) return { name, volumes: found.data.volumes };
  throw new UserError(
    `${path} is not the record of base ${name}: delete it (virsh vol-delete --pool ${storage.name} ${posix.basename(path)}) and apply, which writes it anew`,
  );
}

/** Makes sure that bases are known which no resource of this process has told of, as far as the host knows them. */
export async function recallBases(names: readonly string[], configuration: Configuration): Promise<void> {
  const { bases } = configuration;
  for (const name of names) {
    if (bases.has(name)) continue;
    const base = await readRecord(name, configuration);
    if (base !== undefined) bases.set(name, base);
  }
}
