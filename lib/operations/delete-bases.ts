import type { BaseDeletion, BaseLayer } from '../layers';
import { deletionOf, hostBases } from '../layers';
import { baseRecordName } from '../model/file-names';
import type { HostContents } from '../model/host-contents';
import { UserError } from '../model/user-error';
import { readHostContents } from '../tools/host-contents';
import { Volumes } from '../tools/volumes';
import { refuseUnknown } from './bases';
import type { Context } from './context';
import type { HostLayers } from './layers';
import { readLayers } from './layers';
import { lockProject } from './rollout/lock';
import { synthesizeProject } from './synthesize';

/** Which bases are to be deleted. */
export interface DeleteRequest {
  readonly bases: readonly string[];
  readonly host?: string;
  /** Takes the stacks as they were synthesized last. */
  readonly synthesized: boolean;
  /** Shown the plan before anything is deleted; nothing is without its yes. It is not asked when anything is refused. */
  readonly approve: (plan: readonly BaseDeletion[]) => Promise<boolean>;
}

/** What came of it. */
export interface DeleteOutcome {
  readonly ending: 'refused' | 'declined' | 'done';
  readonly plan: readonly BaseDeletion[];
  /** Bytes that the files took that are gone. */
  readonly freed: number;
}

/**
 * Deletes the volumes of bases that Terraform does not manage and that are retired, or in no code and no state any more.
 *
 * @throws UserError when a base is unknown, when anything cannot be read, or when something has come to stand on a base meanwhile
 */
export async function deleteBases(request: DeleteRequest, context: Context): Promise<DeleteOutcome> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  try {
    await synthesizeProject(context, request.synthesized);
    const { host } = request;
    const hosts = await readLayers({ ...(host === undefined ? {} : { host }), strict: true }, context);
    const chosen = choose(request.bases, hosts);
    const plan = chosen.map(({ deletion }) => deletion);
    if (plan.some(({ refusals }) => refusals.length > 0)) return { ending: 'refused', plan, freed: 0 };
    if (!(await request.approve(plan))) return { ending: 'declined', plan, freed: 0 };
    let freed = 0;
    for (const { layers, deletion } of chosen) {
      for (const volume of deletion.volumes) {
        lock.check();
        context.progress(`delete ${volume.file!}`);
        await deleteVolume(layers, deletion, volume, context);
        freed += volume.allocated ?? 0;
      }
    }
    return { ending: 'done', plan, freed };
  } finally {
    await lock.release();
  }
}

interface Chosen {
  readonly layers: HostLayers;
  readonly deletion: BaseDeletion;
}

function choose(names: readonly string[], hosts: readonly HostLayers[]): Chosen[] {
  const all = hosts.map((layers) => ({ layers, found: hostBases(layers) }));
  const known = all.flatMap(({ found }) =>
    found.bases.flatMap(({ base, missing }) => (base === undefined || missing ? [] : [base])),
  );
  return [...new Set(names)].map((name) => {
    refuseUnknown(name, known);
    const on = all.filter(({ found }) => found.bases.some(({ base, missing }) => base === name && !missing));
    if (on.length > 1) {
      const where = on.map(({ found }) => found.host).join(', ');
      throw new UserError(`base ${name} is on several hosts (${where}): say which with --host`);
    }
    const { layers, found } = on[0]!;
    return { layers, deletion: deletionOf(found, name) };
  });
}

/** Looks at the whole host once more, since an overlay may have been made while somebody thought the plan over. */
async function deleteVolume(
  layers: HostLayers,
  { base }: BaseDeletion,
  planned: BaseLayer,
  context: Context,
): Promise<void> {
  const contents = await readHostContents(layers.reach, context);
  const { volumes, refusals } = deletionOf(hostBases({ ...layers, contents }), base);
  const now = volumes.find(({ path }) => path === planned.path);
  if (!now) return;
  if (refusals.length > 0)
    throw new UserError(
      `${planned.path} is not deleted, as things are not as they were planned: ${refusals.join('; ')}`,
    );
  if (now.modified !== planned.modified || now.virtual !== planned.virtual) {
    throw new UserError(
      `${planned.path} is not deleted: it was changed at ${now.modified}, after it was looked at; see regraft bases, then delete it anew`,
    );
  }
  // With the last volume, and before it: a base without volumes is not found any more.
  const records = volumes.length === 1 ? recordsOf(contents, base, now.pool!) : [];
  for (const file of [...records, now.file!])
    await new Volumes(layers.reach, now.pool!, context).delete(file);
}

/** What regraft's own provider has noted of a base, by which it would plan clones on it. */
function recordsOf({ files }: HostContents, base: string, pool: string): string[] {
  const name = baseRecordName(base);
  return files.some((file) => file.pool === pool && file.name === name) ? [name] : [];
}
