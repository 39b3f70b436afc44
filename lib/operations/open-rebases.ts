import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MANIFEST_OUTPUT } from '../model/manifest';
import type { RebasePlan } from '../model/rebase-plan';
import { UserError } from '../model/user-error';
import type { SynthesizedStack } from '../tools/cdktf';

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

// Names and sentences of regraft's own: none has a `${`, which stands as `$${` in a synthesized stack.
const plan = z.object({
  version: z.literal(1),
  pool: z.string(),
  from: z.string(),
  to: z.string(),
  retain: z.boolean(),
  clones: z.array(
    z.object({
      clone: z.string(),
      rebased: z.boolean(),
      volumes: z.array(
        z.object({
          volume: z.string(),
          type: z.enum(['system', 'temporary', 'data']),
          fate: z.enum(['replaced', 'reset', 'kept']),
          why: z.string(),
        }),
      ),
    }),
  ),
});
const stackWithManifest = z.object({
  output: z.object({
    [MANIFEST_OUTPUT]: z.object({
      value: z.object({
        version: z.literal(1),
        pools: z.record(z.string(), z.unknown()),
        rebases: z.array(plan),
      }),
    }),
  }),
});

/**
 * Reads the manifests of synthesized stacks; a stack without regraft has none.
 *
 * @throws UserError when a stack is not there, or its manifest is of another version of regraft
 */
export async function openRebases(stacks: readonly SynthesizedStack[]): Promise<OpenRebases> {
  const manifests = await Promise.all(stacks.map(manifestOf));
  return {
    pools: manifests.flatMap((manifest) => Object.keys(manifest?.pools ?? {})),
    rebases: manifests.flatMap((manifest, index) =>
      (manifest?.rebases ?? []).map((one) => ({ stack: stacks[index]!.name, plan: one })),
    ),
  };
}

async function manifestOf({ name, file }: SynthesizedStack) {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(`stack ${name} has no ${file}: synthesize it first`);
  });
  const json = jsonOf(text, name, file) as { output?: Record<string, unknown> } | null;
  if (json?.output?.[MANIFEST_OUTPUT] === undefined) return undefined;
  const parsed = stackWithManifest.safeParse(json);
  if (parsed.success) return parsed.data.output[MANIFEST_OUTPUT].value;
  const { path, message } = parsed.error.issues[0]!;
  throw new UserError(
    `the manifest of stack ${name} in ${file} is not one of this regraft's: at ${path.join('.')} ${message}; synthesize it anew`,
  );
}

function jsonOf(text: string, name: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`stack ${name}: ${file} is not JSON; synthesize it anew`);
  }
}
