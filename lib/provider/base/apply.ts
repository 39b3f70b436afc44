import { posix } from 'node:path';
import { limited } from '../../model/limited';
import { UserError } from '../../model/user-error';
import type { Configuration } from '../configuration';
import { errorAt, isErroneous, problemAt, volumePath, warningAt } from '../diagnostics';
import { hasUnknown } from '../known';
import type { ApplyRequest, ApplyResponse, Diagnostic } from '../protocol/provider';
import type { BaseState } from './base-state';
import { baseState, baseValue, knownBase, ownFiles } from './base-state';
import { readDependents } from './dependents';
import { digestProblems, sizeOf } from './images';
import { pathOf } from './plan';
import { recordPath, writeRecord } from './record';
import { uploadBase } from './upload';

const NONE = Buffer.alloc(0);

/** Images are uploaded one after the other: side by side none would be there sooner. */
const uploads = limited(1);

/** Makes, keeps or deletes a base; one that is not made whole is not in the state, and is made anew by the next apply. */
export async function applyBase(
  { prior, planned, signal }: ApplyRequest,
  configuration: Configuration,
): Promise<ApplyResponse> {
  if (planned === null) return remove(baseState(prior!), configuration);
  if (prior !== null) {
    const base = baseState(planned);
    configuration.bases.set(base.name, knownBase(base));
    try {
      await writeRecord(knownBase(base), configuration);
    } catch (error) {
      return { state: { ...planned, record: null }, private: NONE, diagnostics: [problemAt(error)] };
    }
    return { state: planned, private: NONE };
  }
  const { base, diagnostics } = await complete(baseState(planned), hasUnknown(planned), configuration);
  if (diagnostics.length > 0) return { state: null, private: NONE, diagnostics };
  const problems = await uploads(() => make(base, signal, configuration));
  if (isErroneous(problems)) return { state: null, private: NONE, diagnostics: problems };
  configuration.bases.set(base.name, knownBase(base));
  return { state: baseValue(base), private: NONE, diagnostics: problems };
}

/** Fills in what the plan could not know, and looks at all images before the first is uploaded. */
async function complete(
  base: BaseState,
  wasUnknown: boolean,
  { listing, storage }: Configuration,
): Promise<{ base: BaseState; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const volumes: Record<string, BaseState['volumes'][string]> = {};
  for (const [name, volume] of Object.entries(base.volumes)) {
    const sized = await sizeOf(name, volume, listing, storage.path);
    diagnostics.push(...sized.diagnostics);
    volumes[name] = wasUnknown
      ? { ...volume, size: sized.size, path: pathOf(base.name, name, volume, storage.path) }
      : volume;
  }
  const whole = { ...base, volumes, record: recordPath(base.name, storage.path) };
  if (diagnostics.length === 0) diagnostics.push(...(await digestProblems(whole)));
  return { base: whole, diagnostics };
}

async function make(
  base: BaseState,
  signal: AbortSignal,
  configuration: Configuration,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const [name, { image, path }] of Object.entries(base.volumes)) {
    if (image === null || path === null) continue;
    if (signal.aborted) return [errorAt(`base ${base.name} is not made: Terraform was interrupted`)];
    try {
      if ((await uploadBase(name, image, path, configuration)) === 'found')
        found.push(
          warningAt(
            `base ${base.name}: ${posix.basename(path)} was in the storage pool already and is the same, byte for byte, as ${image}: it is taken as it is`,
          ),
        );
    } catch (error) {
      return [problemAt(error, volumePath(name))];
    }
  }
  // libvirt knows what an uploaded file is only after a look at it.
  await configuration.listing.refresh();
  try {
    await writeRecord(knownBase(base), configuration);
  } catch (error) {
    return [problemAt(error)];
  }
  return found;
}

async function remove(base: BaseState, configuration: Configuration): Promise<ApplyResponse> {
  const kept = { state: baseValue(base), private: NONE };
  try {
    const files = ownFiles(base);
    if (files.length > 0) {
      const { volumes, machines, unknown } = await readDependents(base, configuration);
      const standing = [...volumes, ...machines.map((name) => `machine ${name}`), ...unknown];
      if (standing.length > 0)
        throw new UserError(
          `base ${base.name} is not deleted, since something stands on it: ${standing.join('; ')}; move that to another base or delete it, and apply again (clones that are moved in the same apply need lifecycle { create_before_destroy = true } on the base)`,
        );
      await deleteFiles(files, configuration);
    }
    await deleteFiles([posix.basename(recordPath(base.name, configuration.storage.path))], configuration);
  } catch (error) {
    return { ...kept, diagnostics: [problemAt(error)] };
  }
  configuration.bases.delete(base.name);
  return { state: null, private: NONE };
}

/** A file that a run which broke off has deleted already is passed over. */
async function deleteFiles(
  files: readonly string[],
  { listing, volumes, storage }: Configuration,
): Promise<void> {
  const present = (await listing.refresh()).volumes;
  for (const file of files) if (present.has(`${storage.path}/${file}`)) await volumes.delete(file);
}
