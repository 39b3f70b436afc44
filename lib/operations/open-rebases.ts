import type { RebasePlan } from '../model/rebase-plan';
import type { SynthesizedStack } from '../tools/cdktf';
import { synthesizedManifest } from './synthesized-manifest';

/** The pools of the project and their open rebases, as the stacks that were synthesized last say. */
export interface OpenRebases {
  /** The names of all pools. */
  readonly pools: readonly string[];
  readonly rebases: readonly OpenRebase[];
}

/** A rebase of a stack. */
export interface OpenRebase {
  readonly stack: string;
  readonly plan: RebasePlan;
}

/**
 * Reads the manifests of synthesized stacks; a stack without regraft has none.
 *
 * @throws UserError when a stack is not there, or its manifest is of another version of regraft
 */
export async function openRebases(stacks: readonly SynthesizedStack[]): Promise<OpenRebases> {
  const manifests = await Promise.all(stacks.map(synthesizedManifest));
  return {
    pools: manifests.flatMap((manifest) => Object.keys(manifest?.pools ?? {})),
    rebases: manifests.flatMap((manifest, index) =>
      (manifest?.rebases ?? []).map((one) => ({ stack: stacks[index]!.name, plan: one })),
    ),
  };
}
