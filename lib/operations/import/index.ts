import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { maskedUri } from '../../model/manifest';
import { UserError } from '../../model/user-error';
import type { HostFiles } from '../../tools/host-files';
import { hostFiles } from '../../tools/host-files';
import type { Context } from '../context';
import { refuseInUse } from '../data-volume';
import { lockProject } from '../rollout/lock';
import { ownFolder } from '../rollout/run';
import type { ImportPlan, ImportRequest } from './plan';
import { besideVolume, planImport } from './plan';

export type { ImportPlan, ImportRequest } from './plan';

/** What came of an import. */
export interface ImportOutcome {
  readonly ending: 'done' | 'already-there' | 'declined';
  readonly plan: ImportPlan;
}

/**
 * Puts a flat qcow2 file in the place of a data volume: shows what it does, asks, and does it.
 *
 * The file is brought to the host under another name, compared there, and takes the volume's name at once; what was
 * there is kept. So a kill leaves the old or the new content in full, and the same command goes on.
 *
 * @throws UserError when something speaks against it; the volume is then as it was
 */
export async function importVolume(
  request: ImportRequest,
  approve: (plan: ImportPlan) => Promise<boolean>,
  context: Context,
): Promise<ImportOutcome> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  const work = join(await ownFolder(context.folder), 'import');
  try {
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { mode: 0o700 });
    const plan = await planImport(request, work, context);
    const files = filesOf(plan.data.uri, context);
    if (!plan.isThere) {
      if (!(await approve(plan))) return { ending: 'declined', plan };
      lock.check();
      await bringOver(plan, context);
      await refuseInUse(plan.data, context);
      lock.check();
      context.progress(`replace ${plan.data.file}`);
      const keep = plan.keep === undefined ? undefined : besideVolume(plan.data, plan.keep);
      await files.replace(plan.data.path, besideVolume(plan.data, stageOf(plan)), keep);
    }
    // Also after a kill just before: libvirt looks at what is there now.
    await removeStage(plan);
    await verify(plan, plan.data.file);
    return { ending: plan.isThere ? 'already-there' : 'done', plan };
  } finally {
    await rm(work, { recursive: true, force: true });
    await lock.release();
  }
}

/** libvirt cannot rename a volume, so that the host's files have to be in reach. */
function filesOf(uri: string, context: Context): HostFiles {
  try {
    return hostFiles(uri, context);
  } catch {
    throw new UserError(
      `a volume is replaced by renaming its file, and the files of ${maskedUri(uri)} are out of reach: import on that host itself, or over qemu+ssh://`,
    );
  }
}

/** Brings the file to the host; what a killed import has left of it there is of no use. */
async function bringOver(plan: ImportPlan, context: Context): Promise<void> {
  const { data, image } = plan;
  await removeStage(plan);
  context.progress(`bring ${image.file} to storage pool ${data.storage}`);
  await data.volumes.upload(stageOf(plan), image.file);
  await verify(plan, stageOf(plan));
}

async function removeStage({ data, ...plan }: ImportPlan): Promise<void> {
  const stage = stageOf({ data, ...plan });
  const [left] = await data.volumes.facts([stage]);
  if (left) await data.volumes.delete(stage);
}

async function verify({ data, image }: ImportPlan, file: string): Promise<void> {
  const found = await data.volumes.digest(file);
  if (found !== image.sha256)
    throw new UserError(
      `${file} in storage pool ${data.storage} has SHA-256 ${found}, expected ${image.sha256}: import it again`,
    );
}

/** The name of the file on the host until it takes the volume's. */
function stageOf({ data: { file } }: Pick<ImportPlan, 'data'>): string {
  return file.replace(/\.qcow2$/, '') + '.import.qcow2';
}
