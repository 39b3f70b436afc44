import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cloneBlock } from '../dialects/addresses';
import type { ProviderGeneration } from '../model/host';
import type { ManifestClone } from '../model/manifest';
import { jsonOf } from '../model/json';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import { RESTORE_CONTEXT } from '../model/restore-context';
import { readStacks, synthesize } from '../tools/cdktf';
import type { Context } from './context';
import type { CloneChoice } from './fleet';
import { unfinishedRun } from './rollout/run';
import { chooseStacks } from './stacks';
import { synthesizeProject } from './synthesize';
import { synthesizedManifest } from './synthesized-manifest';

/** Which overlays a restore makes anew. */
export interface Restore {
  readonly stack: string;
  /** The addresses of the clones' system and temporary volumes on the base that each is on. */
  readonly replace: readonly string[];
}

/**
 * Works out what a restore of clones makes anew, from the code as it is now: their overlays on the base that they are on.
 *
 * Retained overlays are not among them, so that a revert after a restore finds them as they were.
 *
 * @throws UserError when no clone is given, when one is unknown, or when they are in several stacks
 */
export async function restoreOf(
  choice: CloneChoice & { readonly stack?: string; readonly synthesized: boolean },
  context: Context,
): Promise<Restore> {
  const { clones, pools, all } = choice;
  if (clones.length === 0 && pools.length === 0 && !all) {
    throw new UserError('no clone is given: name clones, or use --pool POOL or --all');
  }
  const project = await synthesizeProject(context, choice.synthesized);
  const known = await readStacks(project);
  const stacks =
    choice.stack === undefined ? known : chooseStacks(known, { stacks: [choice.stack], all: false });
  const found: FoundClone[] = [];
  for (const stack of stacks) {
    const manifest = await synthesizedManifest(stack);
    for (const [pool, entry] of Object.entries(manifest?.pools ?? {})) {
      for (const [clone, one] of Object.entries(entry.clones))
        found.push({
          ...one,
          stack: stack.name,
          pool,
          clone,
          provider: manifest!.hosts[entry.host]!.provider,
        });
    }
  }
  refuseUnknown(
    'clone',
    clones,
    found.map(({ clone }) => clone),
  );
  refuseUnknown(
    'pool',
    pools,
    found.map(({ pool }) => pool),
  );
  const chosen = found.filter(({ clone, pool }) => all || clones.includes(clone) || pools.includes(pool));
  const owners = [...new Set(chosen.map(({ stack }) => stack))];
  if (owners.length > 1)
    throw new UserError(
      `the clones are in stacks ${owners.join(' and ')}: restore one stack's after the other, with --stack`,
    );
  if (owners.length === 0) throw new UserError('there are no clones to restore');
  const replace = chosen.flatMap(({ volumes }) =>
    Object.values(volumes).flatMap(({ type, address }) => (type === 'data' ? [] : [address])),
  );
  const restore: Restore = { stack: owners[0]!, replace };
  const own = chosen.filter(({ provider }) => provider === 'regraft');
  if (own.length > 0) {
    if (choice.synthesized)
      throw new UserError(
        'provider regraft restores a clone that its code asks it to, so the code is synthesized for it: leave --synthesized out',
      );
    const text = (await brokenOff(restore, own, context)) ?? new Date().toISOString();
    const asked = Object.fromEntries(own.map(({ pool, clone }) => [`${pool}/${clone}`, text]));
    await synthesize(project, context, { [RESTORE_CONTEXT]: asked });
  }
  return restore;
}

/** The text that a restore of the same clones asked by which was broken off: they are not made anew twice. */
async function brokenOff(
  { stack, replace }: Restore,
  clones: readonly FoundClone[],
  { folder }: Context,
): Promise<string | undefined> {
  const older = await unfinishedRun(folder, stack);
  if (older?.record.verb !== 'restore' || !sameTexts(older.record.replace, replace)) return undefined;
  const code = await readFile(join(older.bundle, 'cdk.tf.json'), 'utf8').catch(() => '');
  const stacks = synthesized.safeParse(jsonOf(code));
  const { regraft_clone: asked = {} } = stacks.data?.resource ?? {};
  return clones.map(({ pool, clone }) => asked[cloneBlock(pool, clone)]?.restore).find((text) => text);
}

const synthesized = z.object({
  resource: z.object({
    regraft_clone: z.record(z.string(), z.object({ restore: z.string().optional() })).optional(),
  }),
});

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join();
}

type FoundClone = ManifestClone & {
  readonly stack: string;
  readonly pool: string;
  readonly clone: string;
  readonly provider: ProviderGeneration;
};

function refuseUnknown(what: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UserError(
    `there is no ${what} ${JSON.stringify(unknown)}: ${didYouMean(unknown, [...new Set(known)])}`,
  );
}
