import { Layers } from '../../layers';
import type { HostContents } from '../../model/host-contents';
import { BASE_MODE, isOfBase, preparingFileName } from '../../model/prepared-base';
import { UserError } from '../../model/user-error';
import type { Volumes } from '../../tools/volumes';
import type { FleetClone } from '../fleet';
import { noted, whoAmI } from './preparation';
import type { PlannedVolume, PreparePlan, PrepareRequest } from './request';

/** The files of a base in a storage pool, half-made ones among them. */
export function filesOfBase(contents: HostContents, pool: string, base: string): string[] {
  return contents.files.flatMap((file) =>
    file.pool === pool && file.name !== undefined && isOfBase(file.name, base) ? [file.name] : [],
  );
}

/**
 * What the host has of a base of that name: nothing, or what a preparation from the same clone has left when it was
 * broken off.
 *
 * @throws UserError when it has a base so named, or somebody else is preparing one
 */
export async function onHost(
  { clone, storage, stack }: FleetClone,
  request: PrepareRequest,
  planned: readonly PlannedVolume[],
  contents: HostContents,
  volumes: Volumes,
): Promise<Pick<PreparePlan, 'brokenOff' | 'noted' | 'copied'>> {
  const { as } = request;
  const files = filesOfBase(contents, storage, as);
  const note = preparingFileName(as);
  const isNoted = contents.files.some(({ pool, name }) => pool === storage && name === note);
  const brokenOff = isNoted ? await noted(volumes, as) : undefined;
  if (!brokenOff) {
    if (files.length === 0) return { noted: isNoted, copied: false };
    throw new UserError(
      `there is a base ${as} on the host already: storage pool ${storage} has ${files.join(', ')}; choose another name`,
    );
  }
  if (brokenOff.clone !== clone || brokenOff.stack !== stack.stack.name)
    throw new UserError(
      `base ${as} is being prepared from ${brokenOff.clone} of stack ${brokenOff.stack} since ${brokenOff.at}: finish that (regraft prepare ${brokenOff.clone} --as ${as}), or choose another name`,
    );
  if (brokenOff.by !== whoAmI())
    throw new UserError(
      `${brokenOff.by} is preparing base ${as} since ${brokenOff.at}: when that has ended without a result, delete volume ${note} and ${files.join(', ') || 'nothing else'} (virsh vol-delete --pool ${storage}), and try again`,
    );
  const copied = isWhole(planned, contents, storage, files) && sameAsked(brokenOff, request, planned);
  if (!copied) refuseUsed(files, contents, storage, as);
  return { brokenOff, noted: true, copied };
}

/** Whether every volume of the base is there and whole, and nothing else of it. */
function isWhole(
  volumes: readonly PlannedVolume[],
  { files }: HostContents,
  storage: string,
  present: readonly string[],
): boolean {
  const wanted = volumes.flatMap(({ file }) => file ?? []);
  return (
    present.length === wanted.length &&
    wanted.every((name) =>
      files.some(
        (file) => file.pool === storage && file.name === name && file.mode === parseInt(BASE_MODE, 8),
      ),
    )
  );
}

function sameAsked(
  { sealed, seeds }: { readonly sealed: boolean; readonly seeds: readonly string[] },
  { seal }: PrepareRequest,
  volumes: readonly PlannedVolume[],
): boolean {
  return sealed === seal && seeds.join() === volumes.flatMap(({ seed }) => seed ?? []).join();
}

/** Nobody should stand on a base that is not whole; what somebody does stand on is not deleted. */
function refuseUsed(names: readonly string[], contents: HostContents, storage: string, as: string): void {
  const layers = new Layers(contents);
  const own = contents.files.filter(({ pool, name }) => pool === storage && names.includes(name ?? ''));
  const users = new Set(
    own.flatMap(({ path }) => {
      const { files, uses } = layers.dependents(path);
      return [...files, ...uses.map(({ machine }) => `machine ${machine}`)];
    }),
  );
  if (users.size > 0)
    throw new UserError(
      `the preparation of base ${as} was broken off, and ${[...users].join(', ')} stands on what it has left: move that to another base or delete it, then prepare again`,
    );
}
