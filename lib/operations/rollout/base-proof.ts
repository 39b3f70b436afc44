import { imageDigest } from '../../images/image-digest';
import type { AddressRole } from '../../model/manifest';
import { UserError } from '../../model/user-error';
import type { Plan } from '../../review';
import { effectOf } from '../../review/effect';
import { baseDigest } from '../base-digest';
import { baseRecords, recordBase } from '../base-records';
import { localImage } from '../local-image';
import { declaredVolumes } from '../repair/stack';
import { readStack } from '../stacks';
import type { Rollout } from './rollout';
import { hostOf } from './rollout';

type BaseRole = Extract<AddressRole, { role: 'base' }>;

/**
 * Refuses images that are not what the code says any more, before they are uploaded: a bundle may be days old.
 *
 * @throws UserError when one has another SHA-256
 */
export async function refuseOtherImages(rollout: Rollout, plan: Plan): Promise<void> {
  const { stack, context } = rollout;
  const made = madeBy(rollout, plan);
  if (made.length === 0) return;
  const declared = declaredVolumes(await readStack(stack));
  for (const [address, role] of made) {
    const expected = sha256Of(rollout, role);
    const { source } = declared[address] ?? {};
    const image = localImage(source, stack);
    if (expected === undefined || image === undefined) continue;
    const found = await imageDigest(image, { env: context.env });
    if (found === undefined || found === expected) continue;
    throw new UserError(
      `image ${source} of ${role.base}/${role.volume} has SHA-256 ${found}, the code says ${expected}: nothing was applied; get the right image, then go on with regraft apply`,
    );
  }
}

/**
 * Puts the base volumes that this run has made on record, each compared with the code's `sha256` if it says one; what a
 * killed run has made and not recorded comes now.
 *
 * @throws UserError when one is not what the code says; no machine was started on it
 */
export async function recordBases(rollout: Rollout, files: ReadonlyMap<string, string>): Promise<void> {
  const { approved, run, stack, context, options, emit } = rollout;
  const made = madeBy(rollout, approved.plan);
  if (options.proof === 'none' || made.length === 0) return;
  const records = await baseRecords(context.folder, stack.name);
  for (const [address, role] of made) {
    const file = files.get(address);
    const key = `${role.host}/${role.base}/${role.volume}`;
    const record = records[key];
    if (file === undefined || (record && record.by === 'apply' && record.at >= run.record.startedAt))
      continue;
    const { volumes } = hostOf(rollout, role);
    const found = await baseDigest(volumes, file, (step) => emit({ event: 'step', step }));
    const expected = sha256Of(rollout, role);
    if (expected !== undefined && found.sha256 !== expected) {
      throw new UserError(
        `base volume ${key} (${file}) is not the image that the code says: it has SHA-256 ${found.sha256}, expected ${expected}; no machine was started on it: take its clones off it (regraft revert, or take the base out of the code), and upload it anew under another name`,
      );
    }
    const at = new Date().toISOString();
    await recordBase(context.folder, stack.name, key, { file, ...found, at, by: 'apply' });
  }
}

function madeBy({ approved }: Rollout, { changes }: Plan): [string, BaseRole][] {
  return changes.flatMap(({ address, actions }): [string, BaseRole][] => {
    const role = approved.manifest.addresses[address];
    const isMade = ['create', 'replace'].includes(effectOf(actions));
    return role?.role === 'base' && isMade ? [[address, role]] : [];
  });
}

function sha256Of({ approved }: Rollout, { host, base, volume }: BaseRole): string | undefined {
  return approved.manifest.bases[`${host}/${base}`]?.volumes[volume]?.sha256;
}
