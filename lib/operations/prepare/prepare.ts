import type { PreparedBase } from '../../model/prepared-base';
import { UserError } from '../../model/user-error';
import { Volumes } from '../../tools/volumes';
import { baseDigest } from '../base-digest';
import { recordBase } from '../base-records';
import type { Context } from '../context';
import { lockProject } from '../rollout/lock';
import { start } from '../start';
import { stop } from '../stop';
import { writeBase } from './code';
import { clearAway, copyVolumes, deleteNote } from './copy';
import { whole } from './inspect';
import { begin } from './preparation';
import type { PreparePlan, PrepareResult } from './request';
import { fetchSeed } from './seeds';

/**
 * Makes the base, or goes on where a preparation of it was broken off.
 *
 * @param tell Told of the result while a preparation that is killed would still be gone on with
 * @throws UserError when it could not be made: then nothing of it is left, and the draft is as it was
 */
export async function prepare(
  plan: PreparePlan,
  context: Context,
  tell: (result: PrepareResult) => void,
): Promise<PrepareResult> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  try {
    const { uri, storage } = plan.draft;
    const volumes = new Volumes(uri, storage, { env: context.env });
    const draft = plan.copied ? await powered(plan, context) : await make(plan, volumes, context);
    const result = { ...(await finish(plan, volumes, context)), draft };
    tell(result);
    await deleteNote(plan.request.as, volumes);
    return result;
  } finally {
    await lock.release();
  }
}

/** Makes all volumes; until the last of them is whole, whatever goes wrong takes them away again. */
async function make(plan: PreparePlan, volumes: Volumes, context: Context): Promise<PrepareResult['draft']> {
  const { request, draft, running, brokenOff, noted } = plan;
  const { as } = request;
  if (brokenOff) await clearAway(as, volumes, context);
  if (noted) await deleteNote(as, volumes);
  await begin(volumes, {
    base: as,
    stack: draft.stack.stack.name,
    pool: draft.pool,
    clone: draft.clone,
    ran: running || brokenOff?.ran === true,
    sealed: request.seal,
    seeds: plan.volumes.flatMap(({ seed }) => seed ?? []),
  });
  try {
    await shutDown(plan, context);
    for (const volume of plan.volumes.filter(({ seed }) => seed !== undefined)) {
      context.signal?.throwIfAborted();
      context.progress(`data volume ${volume.name} to ${volume.seed}`);
      await fetchSeed(volumes, volume, context);
    }
    await copyVolumes(plan, volumes, context);
    return await powered(plan, context);
  } catch (error) {
    await clearAway(as, volumes, context);
    await deleteNote(as, volumes);
    const { why } = await powered(plan, context);
    if (why !== undefined) context.notice(`${draft.clone} is not on again: ${why}`);
    throw error;
  }
}

async function shutDown({ draft, request }: PreparePlan, context: Context): Promise<void> {
  const { clone, stack } = draft;
  const choice = { clones: [clone], pools: [], all: false, stacks: [stack.stack.name] };
  const [result] = await stop({ ...choice, timeout: request.timeout, onBusy: request.onBusy }, context);
  context.signal?.throwIfAborted();
  if (!result?.done)
    throw new UserError(
      `${clone} is not off: ${result?.why ?? 'libvirt has no machine of this name'}; shut it down, or use --on-busy force, which cuts its power`,
    );
}

/** Starts the draft where it is to run in the end. */
async function powered(
  { draft, request, running, brokenOff }: PreparePlan,
  context: Context,
): Promise<PrepareResult['draft']> {
  const { clone, stack } = draft;
  const ran = running || brokenOff?.ran === true;
  if (request.power === 'off' || (request.power === 'restore' && !ran)) return { on: false };
  const choice = { clones: [clone], pools: [], all: false, stacks: [stack.stack.name] };
  // A draft that is off is as it was, an interrupted preparation too.
  const { signal: _, ...others } = context;
  const [result] = await start(choice, others);
  return { on: result?.done === true, ...(result?.why === undefined ? {} : { why: result.why }) };
}

/** Computes the digests of what was made, looks at it once more, and writes the code. */
async function finish(
  plan: PreparePlan,
  volumes: Volumes,
  context: Context,
): Promise<Omit<PrepareResult, 'draft'>> {
  const { request, draft } = plan;
  const { stack } = draft.stack;
  const prepared: PreparedBase['volumes'][number][] = [];
  for (const { from: _, bytes: __, format: ___, ...volume } of plan.volumes) {
    if (volume.file === undefined) {
      prepared.push(volume);
      continue;
    }
    context.signal?.throwIfAborted();
    const { sha256, size } = await baseDigest(volumes, volume.file, context.progress);
    const made = { file: volume.file, size, sha256, at: new Date().toISOString(), by: 'prepare' } as const;
    await recordBase(context.folder, stack.name, `${draft.host}/${request.as}/${volume.name}`, made);
    prepared.push({ ...volume, sha256 });
  }
  await whole(plan, context);
  const base = { name: request.as, volumes: prepared };
  return { base, host: draft.host, ...(await writeBase(plan, base, context)) };
}
