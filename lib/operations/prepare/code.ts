import { relative, resolve, sep } from 'node:path';
import type { CodeEdit } from '../../edits/code-edit';
import { baseCode, usualNames } from '../../model/base-code';
import type { ManifestBase } from '../../model/manifest';
import type { PreparedBase, PreparedVolume } from '../../model/prepared-base';
import { UserError } from '../../model/user-error';
import { readProject, readStacks } from '../../tools/cdktf';
import type { Context } from '../context';
import type { FleetClone } from '../fleet';
import { sourceFiles } from '../source-files';
import { synthesizedManifest } from '../synthesized-manifest';
import { writeEdit } from '../code-change';
import type { PreparePlan, PrepareRequest, PrepareResult } from './request';

/**
 * The base of that name on the draft's host in the code as it was synthesized last.
 *
 * @throws UserError when a stack cannot be read
 */
export async function declaredBase(
  name: string,
  draft: FleetClone,
  context: Context,
): Promise<ManifestBase | undefined> {
  const { path } = draft.stack.manifest.hosts[draft.host]!;
  for (const stack of await readStacks(await readProject(context.folder, context.env))) {
    const manifest = await synthesizedManifest(stack);
    for (const [key, base] of Object.entries(manifest?.bases ?? {})) {
      if (key.slice(key.indexOf('/') + 1) !== name) continue;
      const isThere = manifest!.hosts[base.host]?.path === path;
      if (isThere || stack.name === draft.stack.stack.name) return base;
    }
  }
  return undefined;
}

/**
 * Refuses a name that the code has for a base already, unless that is the base which a broken off preparation has made:
 * then it was killed after it had written the code.
 *
 * @throws UserError when it is declared
 */
export async function refuseDeclared(
  name: string,
  draft: FleetClone,
  copied: boolean,
  context: Context,
): Promise<boolean> {
  const inState = draft.stack.manifest.bases[`${draft.host}/${name}`];
  const inCode = await declaredBase(name, draft, context);
  if (inCode && copied) return true;
  if (inCode || inState)
    throw new UserError(
      `there is a base ${name} in ${inCode ? 'the code' : `the state of stack ${draft.stack.stack.name}`} already: choose another name`,
    );
  return false;
}

/**
 * The change of code that declares the new base after the one that the draft is on; `undefined` when none is asked for.
 *
 * @throws UserError with what to paste when it cannot be made without a person
 */
export async function editFor(
  { as, write }: PrepareRequest,
  { entry }: FleetClone,
  volumes: readonly PreparedVolume[],
  context: Context,
): Promise<CodeEdit | undefined> {
  if (write === undefined) return undefined;
  const file = relative(context.folder, resolve(context.folder, write)).split(sep).join('/');
  const { output } = await readProject(context.folder, context.env);
  const files = await sourceFiles(context, output);
  const base = { name: as, volumes };
  const { insertBase } = await import('../../edits/insert-base.js');
  const found = insertBase(files, { file, after: entry.base, base });
  if (!('ambiguous' in found)) return found;
  throw new UserError(
    `--write ${write} is not possible, since ${found.ambiguous}: prepare without it and paste what is printed, such as`,
    baseCode(base, usualNames(as)),
  );
}

/**
 * The TypeScript of a base that was made, written to its file where that was asked for.
 *
 * @throws UserError when the code declares another base of that name
 */
export async function writeBase(
  { request, draft, declared }: Pick<PreparePlan, 'request' | 'draft' | 'declared'>,
  base: PreparedBase,
  context: Context,
): Promise<Pick<PrepareResult, 'code' | 'written' | 'unwritten'>> {
  const usual = baseCode(base, usualNames(base.name));
  if (declared) {
    const { volumes } = (await declaredBase(base.name, draft, context))!;
    const other = base.volumes.find(
      ({ name, sha256 }) => sha256 !== undefined && volumes[name]?.sha256 !== sha256,
    );
    if (other)
      throw new UserError(
        `the code declares base ${base.name} with SHA-256 ${volumes[other.name]?.sha256 ?? 'not said'} of volume ${other.name}, and the volume has ${other.sha256!}: take that declaration out and prepare again`,
      );
    return { code: usual, ...(request.write === undefined ? {} : { written: request.write }) };
  }
  if (request.write === undefined) return { code: usual };
  try {
    const edit = (await editFor(request, draft, base.volumes, context))!;
    await writeEdit(context.folder, edit, 'paste what is printed');
    return { code: edit.edits.map(({ after }) => `${after}\n`).join(''), written: edit.file };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { code: usual, unwritten: error.message };
  }
}
