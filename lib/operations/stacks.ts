import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { jsonOf } from '../model/json';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import type { SynthesizedStack } from '../tools/cdktf';

/** Which of the project's stacks are meant. */
export interface StackChoice {
  readonly stacks: readonly string[];
  readonly all: boolean;
}

/**
 * The chosen stacks; without a choice, the only one.
 *
 * @throws UserError when a name is unknown, or when nothing is chosen of several
 */
export function chooseStacks(
  known: readonly SynthesizedStack[],
  { stacks, all }: StackChoice,
): SynthesizedStack[] {
  const names = known.map(({ name }) => name);
  if (known.length === 0) throw new UserError('the app has no stacks: add a TerraformStack to it');
  if (all && stacks.length > 0) {
    throw new UserError(`--all and stack ${stacks[0]} are given: name stacks, or take all of them`);
  }
  if (all) return [...known];
  if (stacks.length === 0 && known.length > 1) {
    throw new UserError(
      `the app has ${known.length} stacks (${names.join(', ')}): name the ones you mean, or use --all`,
    );
  }
  return stacks.length === 0 ? [...known] : [...new Set(stacks)].map((name) => stackNamed(known, name));
}

/**
 * The stack of that name.
 *
 * @throws UserError when there is none, with the nearest one
 */
export function stackNamed(known: readonly SynthesizedStack[], name: string): SynthesizedStack {
  const found = known.find((stack) => stack.name === name);
  if (found) return found;
  const names = known.map((stack) => stack.name);
  throw new UserError(`there is no stack ${JSON.stringify(name)}: ${didYouMean(name, names)}`);
}

const providerBlock = z.object({ alias: z.string().optional(), uri: z.string().optional() });
const synthesized = z.object({
  terraform: z.unknown().optional(),
  output: z.record(z.string(), z.object({ value: z.unknown().optional() })).optional(),
  resource: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  provider: z
    .object({
      libvirt: z.array(providerBlock).optional(),
      regraft: z.array(providerBlock).optional(),
    })
    .optional(),
});

/** What is read of a `cdk.tf.json`. */
export type StackContent = z.infer<typeof synthesized>;

/**
 * Reads the synthesized stack.
 *
 * @throws UserError when it is not there, or no stack of cdktf
 */
export async function readStack({ name, file }: SynthesizedStack): Promise<StackContent> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`stack ${name} has no ${file}: synthesize it first`);
  });
  const parsed = synthesized.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new UserError(`${file} is not a stack that cdktf has synthesized: synthesize it anew`);
}
