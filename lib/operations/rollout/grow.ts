import { dataKey } from '../../model/file-names';
import { dataFileOfRole } from '../../model/manifest';
import { formatSize, wholeSectors } from '../../model/size';
import { UserError } from '../../model/user-error';
import type { VolumeXml } from '../../tools/libvirt-xml';
import { isActive } from '../../tools/machines';
import type { Approved, Rollout, RolloutHost } from './rollout';
import { byHost, hostOf } from './rollout';

/** A data volume that is as large as the code says when its run is over. */
export interface Growth {
  /** `POOL/CLONE/VOLUME`. */
  readonly key: string;
  readonly host: string;
  readonly pool: string;
  readonly clone: string;
  readonly volume: string;
  readonly file: string;
  /** The virtual size in bytes. */
  readonly size: number;
}

/**
 * The data volumes that an approved review makes larger; one that is created may have a seed smaller than its size.
 */
export function growthsOf({ review, manifest }: Pick<Approved, 'review' | 'manifest'>): Growth[] {
  return review.pools.flatMap(({ pool, clones }) =>
    clones.flatMap(({ clone, volumes }) =>
      volumes.flatMap(({ volume, fate, size, after }): Growth[] => {
        const role = manifest.addresses[after?.address ?? ''];
        if (role?.role !== 'data' || role.size === undefined || !(size || fate === 'created')) return [];
        const wanted = wholeSectors(role.size);
        const { host } = role;
        const key = dataKey(pool, clone, volume);
        return [{ key, host, pool, clone, volume, file: dataFileOfRole(role), size: wanted }];
      }),
    ),
  );
}

/**
 * Makes data volumes as large as the code says, also those of running machines; none gets smaller, and one that is
 * large enough is left alone, so that it can be done again.
 *
 * @returns what could not be grown, and why, one line each
 */
export async function growVolumes(rollout: Rollout, growths: readonly Growth[]): Promise<string[]> {
  const failures: string[] = [];
  for (const [, some] of byHost(growths)) {
    const host = hostOf(rollout, some[0]!);
    const facts = await host.volumes.facts(some.map(({ file }) => file));
    for (const [index, growth] of some.entries()) {
      try {
        await growVolume(rollout, host, growth, facts[index]);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        rollout.context.signal?.throwIfAborted();
        failures.push(`${growth.volume} of ${growth.clone} (${growth.file}): ${error.message}`);
      }
    }
  }
  return failures;
}

async function growVolume(
  { run, emit }: Rollout,
  host: RolloutHost,
  { key, clone, volume, file, size }: Growth,
  facts: VolumeXml | undefined,
): Promise<void> {
  if (!facts) throw new UserError(`it is not in storage pool ${host.volumes.pool}`);
  const noted = run.record.grown?.[key];
  if (facts.capacity >= size) {
    // A run that was killed when it had grown it, and before it could say so.
    if (noted && noted.at === undefined) await run.noteGrown(key, { ...noted, at: new Date().toISOString() });
    return;
  }
  const sizes = { file, before: facts.capacity, after: size };
  await run.noteGrown(key, sizes);
  emit({
    event: 'step',
    step: `grow ${volume} of ${clone} from ${formatSize(facts.capacity)} to ${formatSize(size)}`,
  });
  await resize(host, clone, facts, size);
  await run.noteGrown(key, { ...sizes, at: new Date().toISOString() });
}

/** Through QEMU where the machine runs, else by the storage pool; whoever starts or stops it meanwhile is waited for once. */
async function resize(
  { machines, volumes }: RolloutHost,
  clone: string,
  { name, path }: VolumeXml,
  size: number,
): Promise<void> {
  const once = async (isOn: boolean): Promise<void> =>
    isOn ? machines.growDisk(clone, path, size) : volumes.grow(name, size);
  const isOn = async (): Promise<boolean> => isActive((await machines.states([clone])).get(clone));
  const before = await isOn();
  if (!before && (await machines.saved()).has(clone)) {
    throw new UserError(
      'the memory of its machine is saved with the old size of the disk: start the machine, then run regraft apply again',
    );
  }
  try {
    await once(before);
  } catch (error) {
    const now = await isOn();
    if (now === before) throw error;
    await once(now);
  }
}
