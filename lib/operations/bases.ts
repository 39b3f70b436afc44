import type { HostBases, SupersededBase } from '../layers';
import { hostBases, supersededBases } from '../layers';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import type { Context } from './context';
import type { LayerRequest } from './layers';
import { readLayers } from './layers';

/**
 * Every base volume on the project's hosts with what stands on it; with names, only those of these bases.
 *
 * @throws UserError when there is no such host
 */
export async function bases(
  names: readonly string[],
  request: LayerRequest,
  context: Context,
): Promise<HostBases[]> {
  const hosts = (await readLayers(request, context)).map(hostBases);
  if (names.length === 0) return hosts;
  const known = hosts.flatMap((host) => host.bases.flatMap(({ base, path }) => base ?? path));
  for (const name of names) refuseUnknown(name, known);
  return hosts.map((host) => ({
    ...host,
    bases: host.bases.filter(({ base, path }) => names.includes(base ?? path)),
  }));
}

/**
 * The bases that nothing needs any more.
 *
 * @throws UserError when there is no such host
 */
export async function superseded(request: LayerRequest, context: Context): Promise<SupersededBase[]> {
  return (await readLayers(request, context)).flatMap((host) => supersededBases(hostBases(host)));
}

/**
 * Refuses a name that no base has.
 *
 * @throws UserError with the nearest one
 */
export function refuseUnknown(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new UserError(`there is no base ${JSON.stringify(name)}: ${didYouMean(name, [...new Set(known)])}`);
}
