import type { Manifest } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { DigestFact, Plan } from '../review';
import { effectOf } from '../review/effect';
import { Volumes } from '../tools/volumes';
import { baseDigest } from './base-digest';
import { baseRecords } from './base-records';
import type { Context } from './context';
import { reachOf } from './hosts';
import { DIGESTS_AT_ONCE } from './rollout/options';
import { sideBySide } from '../model/side-by-side';
import type { StackContent } from './stacks';
import { subjectsIn } from './verify';

/**
 * The digests of a stack's base volumes as they are on the hosts now; those that the plan makes or deletes are left out.
 *
 * @throws UserError when the record of base volumes cannot be read
 */
export async function digestFacts(
  { changes }: Plan,
  manifest: Manifest,
  stack: string,
  content: StackContent,
  context: Context,
): Promise<DigestFact[]> {
  const records = await baseRecords(context.folder, stack);
  const moving = new Set(
    changes.flatMap(({ address, actions }) => {
      const role = manifest.addresses[address];
      const stays = ['none', 'update'].includes(effectOf(actions));
      return role?.role === 'base' && !stays ? [`${role.host}/${role.base}/${role.volume}`] : [];
    }),
  );
  const subjects = subjectsIn(manifest).filter(
    ({ host, base, volume }) => !moving.has(`${host}/${base}/${volume}`),
  );
  return sideBySide(DIGESTS_AT_ONCE, subjects, async ({ host, base, volume, file }): Promise<DigestFact> => {
    const recorded = records[`${host}/${base}/${volume}`]?.sha256;
    const fact = { host, base, volume, file, ...(recorded === undefined ? {} : { recorded }) };
    const reach = reachOf(host, manifest.hosts[host]!, content);
    if ('obstacle' in reach) return { ...fact, obstacle: reach.obstacle };
    const volumes = new Volumes(reach.uri, manifest.hosts[host]!.storage, context);
    try {
      const { sha256 } = await baseDigest(volumes, file, (step) => context.progress(step, stack));
      return { ...fact, found: sha256 };
    } catch (error) {
      context.signal?.throwIfAborted();
      if (!(error instanceof UserError)) throw error;
      return { ...fact, obstacle: error.message };
    }
  });
}
