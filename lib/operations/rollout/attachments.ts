import { basename } from 'node:path';
import { UserError } from '../../model/user-error';
import { parseDomain } from '../../tools/libvirt-xml';
import type { Rollout, RolloutClone } from './rollout';
import { hostOf } from './rollout';
import { fail } from './starting';

/**
 * What is wrong with the definition of a clone's machine, in one line; `undefined` when its disks are the very volumes
 * that the code says, and all of them are there.
 *
 * A provider may report success and change nothing, so libvirt itself is asked before a machine is started.
 */
async function wrongDisks(
  rollout: Rollout,
  clone: RolloutClone,
  files: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const { after } = clone;
  if (!after) return undefined;
  const { machines, volumes } = hostOf(rollout, clone);
  const xml = await machines.definition(clone.clone).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (xml === undefined) return 'libvirt has no such machine';
  const disks = new Map(parseDomain(xml).disks.map(({ target, source }) => [target, fileOf(source)]));
  const wanted = Object.entries(after.volumes).map(([volume, { target, address }]) => ({
    volume,
    target,
    file: files.get(address),
  }));
  for (const { volume, target, file } of wanted) {
    if (file === undefined) return `volume ${volume} is not in Terraform's state`;
    if (disks.get(target) === file) continue;
    return `its machine has ${disks.get(target) ?? 'nothing'} at ${target}, expected ${file} (volume ${volume})`;
  }
  const facts = await volumes.facts(wanted.map(({ file }) => file!));
  const missing = wanted.find((_, index) => facts[index] === undefined);
  return missing && `volume ${missing.volume} (${missing.file}) is not on the host`;
}

/** Lets clones whose machines are not defined on their own volumes fail, so that they are not started. */
export async function refuseWrongDisks(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  files: ReadonlyMap<string, string>,
): Promise<RolloutClone[]> {
  const wrong: RolloutClone[] = [];
  for (const clone of clones) {
    const why = await wrongDisks(rollout, clone, files);
    if (why === undefined) continue;
    wrong.push(clone);
    await fail(rollout, clone, `it was not started: ${why}; see regraft status`);
  }
  return wrong;
}

function fileOf(source: ReturnType<typeof parseDomain>['disks'][number]['source']): string | undefined {
  if (source === undefined) return undefined;
  return 'path' in source ? basename(source.path) : source.volume;
}
