import { parseOverlayFileName } from '../../model/file-names';
import { UserError } from '../../model/user-error';
import { nameProblem } from '../../model/names';
import { Virsh } from '../../tools/virsh';
import { Volumes } from '../../tools/volumes';
import { VirtSysprep } from '../../tools/virt-sysprep';
import { isOnThisMachine } from '../../tools/host-files';
import { readHostContents } from '../../tools/host-contents';
import type { Context } from '../context';
import type { FleetClone } from '../fleet';
import { unfinishedRun } from '../rollout/run';
import { draftClone } from './draft';
import { editFor, refuseDeclared } from './code';
import { onHost } from './on-host';
import type { PreparePlan, PrepareRequest } from './request';
import { refuseSeeds } from './seeds';
import { plannedVolumes } from './volumes';

/** Room that is left in the storage pool beside the copies, as a part of them and in bytes. */
const MARGIN = { share: 0.05, bytes: 16 * 2 ** 20 };

/**
 * Finds out what a preparation does, and refuses all that can be refused before anything is done: nothing is changed.
 *
 * @throws UserError when the base cannot be prepared from this clone now
 */
export async function planPreparation(request: PrepareRequest, context: Context): Promise<PreparePlan> {
  const problem = nameProblem('base', request.as);
  if (problem !== undefined) throw new UserError(problem);
  const draft = await draftClone(request, context);
  await refuseUnfinished(draft, context);
  context.progress('libvirt');
  const { uri, storage, clone } = draft;
  const surroundings = { env: context.env };
  const operations = request.seal ? await sealing(draft, surroundings) : undefined;
  // What it has free is known of a storage pool only after a look into it.
  const contents = await readHostContents(uri, surroundings);
  const pool = await new Virsh(uri, surroundings).storagePool(storage);
  if (!pool?.active)
    throw new UserError(`storage pool ${storage} is not active: start it (virsh pool-start ${storage})`);
  const files = contents.files.filter((file) => file.pool === storage).map(({ name }) => name ?? '');
  const volumes = plannedVolumes(draft, request, contents);
  const { brokenOff, noted, copied } = await onHost(
    draft,
    request,
    volumes,
    contents,
    new Volumes(uri, storage, surroundings),
  );
  const declared = await refuseDeclared(request.as, draft, copied, context);
  refuseName(storage, request.as, files);
  await refuseSeeds(volumes, brokenOff?.seeds ?? [], context);
  const copies = volumes.filter(({ file }) => file !== undefined).reduce((sum, { bytes }) => sum + bytes, 0);
  // What is sealed is copied once more, so that the base volume has its mode when it is whole, and not before.
  const needed = copied ? 0 : Math.ceil(copies * (request.seal ? 2 : 1) * (1 + MARGIN.share)) + MARGIN.bytes;
  if (needed > pool.available)
    throw new UserError(
      `storage pool ${pool.name} has ${pool.available} bytes free, and the volumes of base ${request.as} may take ${needed}: make room first (regraft status shows what stands there)`,
    );
  const edit = declared ? undefined : await editFor(request, draft, volumes, context);
  return {
    request,
    draft,
    running: contents.domains.some(({ name, running }) => name === clone && running),
    volumes,
    needed,
    available: pool.available,
    ...(operations ? { operations } : {}),
    ...(brokenOff ? { brokenOff } : {}),
    noted,
    copied,
    declared,
    ...(edit ? { edit } : {}),
  };
}

async function refuseUnfinished({ stack, clone }: FleetClone, { folder }: Context): Promise<void> {
  const run = await unfinishedRun(folder, stack.stack.name);
  if (run)
    throw new UserError(
      `run ${run.record.id} of stack ${stack.stack.name} has not come to its end, so ${clone} may be between two bases: finish it with regraft apply first`,
    );
}

async function sealing(draft: FleetClone, surroundings: { env: NodeJS.ProcessEnv }): Promise<string[]> {
  if (!isOnThisMachine(draft.uri))
    throw new UserError(
      `--seal works on files, and host ${draft.host} is not this machine: run regraft prepare there, or without --seal`,
    );
  if (process.getuid?.() !== 0)
    throw new UserError('--seal writes to files of the storage pool: run regraft as root, or without --seal');
  return new VirtSysprep(surroundings).operations();
}

/** A name that was in use once: what an overlay of it stands on is no new base. */
function refuseName(storage: string, as: string, files: readonly string[]): void {
  const overlay = files.find((file) => parseOverlayFileName(file)?.base === as);
  if (overlay !== undefined)
    throw new UserError(
      `base ${as} has been on the host before: storage pool ${storage} still has ${overlay}; choose another name`,
    );
}
