import { didYouMean } from '../../model/names';
import { UserError } from '../../model/user-error';
import { readStacks } from '../../tools/cdktf';
import type { Context } from '../context';
import type { FleetClone } from '../fleet';
import { clonesOf, readFleet } from '../fleet';
import { reachAll } from '../hosts';
import { synthesizedManifest } from '../synthesized-manifest';
import { synthesizeProject } from '../synthesize';
import type { PrepareRequest } from './request';

/**
 * The clone that a base is prepared from, as it was applied last; the code is synthesized too, since it has to agree.
 *
 * @throws UserError when there is none so named, when it was not applied, or when several stacks have one
 */
export async function draftClone(
  { clone, stack, synthesized }: Pick<PrepareRequest, 'clone' | 'stack' | 'synthesized'>,
  context: Context,
): Promise<FleetClone> {
  const project = await synthesizeProject(context, synthesized);
  const { stacks } = await readFleet(stack === undefined ? [] : [stack], context);
  const known = stacks.flatMap(clonesOf);
  const found = known.filter((one) => one.clone === clone);
  if (found.length > 1)
    throw new UserError(
      `stacks ${found.map((one) => one.stack.stack.name).join(' and ')} have a clone ${clone}: say which with --stack`,
    );
  if (found[0]) return found[0];
  for (const { manifest, content } of stacks) {
    const pools = Object.values(manifest.pools).filter(({ clones }) => clone in clones);
    for (const { host } of pools) reachAll({ [host]: manifest.hosts[host]! }, content);
  }
  for (const one of await readStacks(project)) {
    const manifest = await synthesizedManifest(one);
    if (Object.values(manifest?.pools ?? {}).some(({ clones }) => clone in clones))
      throw new UserError(
        `clone ${clone} is in the code, but not in the state of stack ${one.name}: make it with regraft apply, start and change it, then prepare the base`,
      );
  }
  const names = [...new Set(known.map((one) => one.clone))];
  throw new UserError(`there is no clone ${JSON.stringify(clone)}: ${didYouMean(clone, names)}`);
}
