import type { VolumeEntry } from '../../dialects/guarded-blocks';
import { volumeIn } from '../../dialects/regraft/addresses';
import type { BaseAttributes } from '../../dialects/regraft/schema';
import { baseFileName } from '../../model/file-names';
import type { Manifest } from '../../model/manifest';
import { MANIFEST_OUTPUT } from '../../model/manifest';
import type { SynthesizedStack } from '../../tools/cdktf';
import type { Terraform } from '../../tools/terraform';
import type { State } from '../../tools/terraform-state';
import { parseState } from '../../tools/terraform-state';
import type { Context } from '../context';
import { manifestIn } from '../fleet';
import { initWhenNeeded } from '../init';
import type { StackContent } from '../stacks';
import { readStack } from '../stacks';
import { synthesizedManifest } from '../synthesized-manifest';

/** A stack as a repair looks at it: what the code says, and what the state says, if there is one. */
export interface RepairStack {
  readonly stack: SynthesizedStack;
  readonly content: StackContent;
  /** The manifest of the last synthesized stack; left out when it has no regraft in it. */
  readonly wanted?: Manifest;
  /** The manifest in the state; left out when no run has written one. */
  readonly applied?: Manifest;
  readonly state?: State;
  /** The state as Terraform stores it. */
  readonly stateText?: string;
}

/**
 * Reads a stack for a repair; a state without our output, or none at all, is what a first run that was killed leaves.
 *
 * @throws UserError when the stack or its state cannot be read
 */
export async function readRepairStack(
  terraform: Terraform,
  stack: SynthesizedStack,
  context: Context,
): Promise<RepairStack> {
  await initWhenNeeded(terraform, stack, (step) => context.progress(step, stack.name));
  const content = await readStack(stack);
  const stateText = await terraform.pullState(stack.folder);
  const state = stateText === undefined ? undefined : parseState(stateText);
  const [wanted, applied] = [await synthesizedManifest(stack), state?.outputs[MANIFEST_OUTPUT]];
  return {
    stack,
    content,
    ...(wanted === undefined ? {} : { wanted }),
    ...(applied === undefined ? {} : { applied: manifestIn(stack, applied, 'in the state') }),
    ...(state === undefined || stateText === undefined ? {} : { state, stateText }),
  };
}

/** What the synthesized stack says of each base and data volume, by address. */
export function declaredVolumes({ resource }: StackContent): Record<string, VolumeEntry> {
  const blocks = Object.entries(resource?.['libvirt_volume'] ?? {}) as [string, { for_each?: unknown }][];
  const inBlocks = Object.fromEntries(
    blocks.flatMap(([block, { for_each: entries }]) =>
      typeof entries === 'object' && entries !== null
        ? Object.entries(entries as Record<string, VolumeEntry>).map(
            ([key, entry]): [string, VolumeEntry] => [
              `libvirt_volume.${block}[${JSON.stringify(key)}]`,
              entry,
            ],
          )
        : [],
    ),
  );
  return { ...inBlocks, ...volumesOfBases(resource?.['regraft_base'] ?? {}) };
}

/** The uploaded volumes of bases of regraft's own provider. */
function volumesOfBases(bases: Readonly<Record<string, unknown>>): Record<string, VolumeEntry> {
  return Object.fromEntries(
    (Object.entries(bases) as [string, Pick<BaseAttributes, 'name' | 'volumes'>][]).flatMap(
      ([block, { name, volumes }]) =>
        Object.entries(volumes).flatMap(([volume, { type, image, format = 'qcow2', size, sha256 }]) =>
          type === 'data' || image === undefined
            ? []
            : [
                [
                  volumeIn(`regraft_base.${block}`, volume),
                  {
                    ...{ file: baseFileName(name, volume), format, source: image },
                    ...(size === undefined ? {} : { size }),
                    ...(sha256 === undefined ? {} : { sha256 }),
                  },
                ],
              ],
        ),
    ),
  );
}
