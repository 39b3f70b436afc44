import pRetry from 'p-retry';
import { BASE_MODE, isOfBase, preparingFileName, unsealedFileName } from '../../model/prepared-base';
import { roundedSize } from '../../model/size';
import { UserError } from '../../model/user-error';
import { Virsh } from '../../tools/virsh';
import { LostConnection } from '../../tools/virsh-connection';
import { VirtSysprep } from '../../tools/virt-sysprep';
import type { FlatCopy, Volumes } from '../../tools/volumes';
import type { Context } from '../context';
import { patiently } from '../power/patience';
import type { PlannedVolume, PreparePlan } from './request';

/** Milliseconds between two looks at a copy under way. */
const LOOK = 5000;

/** How often a copy is begun that libvirt goes away from. */
const TRIES = 3;

/**
 * Makes the volumes of the base from those of the draft, which is off: each is flat and has its mode when it is whole.
 *
 * @throws UserError when one cannot be made, or when the draft has changed meanwhile
 */
export async function copyVolumes(plan: PreparePlan, volumes: Volumes, context: Context): Promise<void> {
  const { request, operations } = plan;
  const copies = plan.volumes.filter(({ file }) => file !== undefined);
  const sources = copies.map(({ from }) => from!);
  const before = await patiently(() => volumes.facts(sources));
  for (const volume of copies) {
    const sealed = operations && volume.type === 'system';
    const name = sealed ? unsealedFileName(request.as, volume.name) : volume.file!;
    await copyOne(volume, { name, mode: sealed ? '0600' : BASE_MODE }, volumes, context);
  }
  const after = await patiently(() => volumes.facts(sources));
  sources.forEach((source, index) => {
    if (after[index]?.modified !== before[index]?.modified)
      throw new UserError(
        `${source} was written to while it was copied: leave ${plan.draft.clone} off until that is over, and prepare again`,
      );
  });
  if (operations) await seal(plan, operations, volumes, context);
}

/** Seals all system volumes, as disks of one machine, then makes them base volumes. */
async function seal(
  { request, draft, volumes: all }: PreparePlan,
  operations: readonly string[],
  volumes: Volumes,
  context: Context,
): Promise<void> {
  const systems = all.filter(({ type }) => type === 'system');
  const order = [...systems.filter(({ boot }) => boot), ...systems.filter(({ boot }) => !boot)];
  const folder = draft.stack.manifest.hosts[draft.host]!.path;
  const unsealed = order.map(({ name }) => unsealedFileName(request.as, name));
  context.signal?.throwIfAborted();
  context.progress('seal');
  await new VirtSysprep(context).seal(
    unsealed.map((name) => `${folder}/${name}`),
    operations,
  );
  for (const [index, volume] of order.entries()) {
    const from = unsealed[index]!;
    await copyOne({ ...volume, from }, { name: volume.file!, mode: BASE_MODE }, volumes, context);
    await patiently(() => volumes.delete(from));
  }
}

async function copyOne(
  volume: PlannedVolume,
  target: Pick<FlatCopy, 'name' | 'mode'>,
  volumes: Volumes,
  context: Context,
): Promise<void> {
  context.signal?.throwIfAborted();
  const { from, size, bytes } = volume;
  const what = `copy ${from} to ${target.name}`;
  context.progress(what);
  const looking = setInterval(() => {
    void volumes
      .facts([target.name])
      .then(([made]) => {
        if (made)
          context.progress(`${what}: ${roundedSize(made.allocation)} of at most ${roundedSize(bytes)}`);
      })
      .catch(() => undefined);
  }, LOOK);
  try {
    // An interruption ends what comes next, not libvirt's copy, which goes on whether somebody waits for it or not.
    for (let tries = 1; ; tries++) {
      try {
        await volumes.copy({ ...target, from: from!, size });
        break;
      } catch (error) {
        if (!(error instanceof LostConnection) || tries === TRIES) throw error;
        await removeVolumes((name) => name === target.name, volumes, context);
      }
    }
  } finally {
    clearInterval(looking);
  }
  context.signal?.throwIfAborted();
}

/** Deletes all that is there of a base, whole or not. */
export function clearAway(base: string, volumes: Volumes, context: Context): Promise<void> {
  return removeVolumes((name) => isOfBase(name, base), volumes, context);
}

/** Deletes the note of a preparation, which says that the base is not whole. */
export function deleteNote(base: string, volumes: Volumes): Promise<void> {
  return deleteOne(preparingFileName(base), volumes);
}

/** Deletes volumes; one that libvirt still makes for a regraft that was killed is waited for. */
async function removeVolumes(
  isMeant: (name: string) => boolean,
  volumes: Volumes,
  context: Context,
): Promise<void> {
  const virsh = new Virsh(volumes.uri, volumes.surroundings);
  const all = await patiently(() => virsh.volumes(volumes.pool));
  for (const { name } of all.filter((volume) => isMeant(volume.name))) {
    context.progress(`delete ${name}`);
    await pRetry(() => deleteOne(name, volumes), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 1000,
      maxTimeout: 5000,
      shouldRetry: ({ error }) => /still being allocated|in use|asynchronous jobs/i.test(error.message),
    });
  }
}

async function deleteOne(name: string, volumes: Volumes): Promise<void> {
  await patiently(async () => {
    const [present] = await volumes.facts([name]);
    if (present) await volumes.delete(name);
  });
}
