import type { Manifest } from '../model/manifest';
import { MANIFEST_OUTPUT, outputValue } from '../model/manifest';
import { UserError } from '../model/user-error';
import { parseManifest, ReviewError } from '../review';
import type { SynthesizedStack } from '../tools/cdktf';
import { readStack } from './stacks';

/**
 * The manifest of a stack as it was synthesized last; a stack without regraft has none.
 *
 * Terraform's `${` stands as `$${` in a synthesized stack; of the manifest only health checks may hold it, which are read
 * from the state or a plan instead.
 *
 * @throws UserError when the stack is not there, or its manifest is of another version of regraft
 */
export async function synthesizedManifest(stack: SynthesizedStack): Promise<Manifest | undefined> {
  const { output } = await readStack(stack);
  const value = output?.[MANIFEST_OUTPUT]?.value;
  if (value === undefined) return undefined;
  try {
    return parseManifest(outputValue(MANIFEST_OUTPUT, value), 'in the synthesized stack');
  } catch (error) {
    if (error instanceof ReviewError) throw new UserError(`stack ${stack.name}: ${error.message}`);
    throw error;
  }
}
