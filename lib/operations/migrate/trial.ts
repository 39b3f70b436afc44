import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { jsonOf } from '../../model/json';
import { UserError } from '../../model/user-error';
import type { SynthesizedStack } from '../../tools/cdktf';
import type { Refusal, Terraform } from '../../tools/terraform';
import type { NewObject, StateOutput } from '../../tools/terraform-state-edit';
import type { Context } from '../context';
import { makeStandIn } from '../stand-in';

const change = z.object({
  address: z.string(),
  type: z.string(),
  mode: z.string().default('managed'),
  change: z.object({
    actions: z.array(z.string()),
    before: z.unknown(),
    after: z.unknown(),
    after_unknown: z.unknown(),
  }),
});
const planJson = z.object({
  resource_changes: z.array(change).default([]),
  planned_values: z
    .object({
      outputs: z
        .record(
          z.string(),
          z.object({ value: z.unknown(), type: z.unknown(), sensitive: z.boolean().optional() }),
        )
        .default({}),
    })
    .default({ outputs: {} }),
});

/** What a plan does to one resource as Terraform knows it. */
export type PlannedResource = z.infer<typeof change>;

/** A plan, with resources of regraft's own provider as they are. */
export interface RawPlan {
  readonly changes: readonly PlannedResource[];
  /** The outputs as a state has them after it; those that are known only after apply are left out. */
  readonly outputs: Readonly<Record<string, StateOutput>>;
}

/**
 * Reads the output of `terraform show -json PLAN`.
 *
 * @throws UserError when it is something else
 */
export function parseRawPlan(text: string): RawPlan {
  const parsed = planJson.safeParse(jsonOf(text));
  if (!parsed.success) throw new UserError('Terraform shows a plan in a form that regraft does not know');
  const { resource_changes: changes, planned_values } = parsed.data;
  const known = Object.entries(planned_values.outputs).filter(
    ([, { value, type }]) => value !== undefined && type !== undefined,
  );
  return {
    changes: changes.filter(({ mode }) => mode === 'managed'),
    outputs: Object.fromEntries(
      known.map(([name, { value, type, sensitive }]) => [
        name,
        { value, type, ...(sensitive ? { sensitive } : {}) },
      ]),
    ),
  };
}

/** A stack with a state of its own that nobody else sees: what plans say of a state before it is written. */
export class Trial {
  /**
   * Makes a folder beside the stack's own, in which the state is a local file.
   *
   * @throws UserError when Terraform cannot initialize it
   */
  static async begin(terraform: Terraform, stack: SynthesizedStack, context: Context): Promise<Trial> {
    const folder = join(dirname(dirname(stack.folder)), 'trial', stack.name);
    const trial = new Trial(terraform, stack, context, folder);
    await makeStandIn(folder, stack, { local: { path: STATE } });
    const refusal = await trial.terraform.init(stack.folder);
    if (refusal === undefined) return trial;
    await trial.end();
    throw terraform.failure(`initialize stack ${stack.name} for a trial`, refusal);
  }

  private readonly terraform: Terraform;

  private constructor(
    terraform: Terraform,
    private readonly stack: SynthesizedStack,
    private readonly context: Context,
    private readonly folder: string,
  ) {
    const env = { TF_DATA_DIR: join(folder, '.terraform'), TF_WORKSPACE: 'default' };
    this.terraform = terraform.inStandIn({ of: stack.folder, folder, env, keepOpen: [] });
  }

  /** What the plan of the stack says of a state; or what Terraform says when it makes none. */
  async plan(state: string, step: string): Promise<RawPlan | Refusal> {
    this.context.progress(step, this.stack.name);
    await writeFile(join(this.folder, STATE), state, { mode: 0o600 });
    const out = join(this.folder, 'plan');
    const refusal = await this.terraform.plan(this.stack.folder, { out });
    return refusal ?? parseRawPlan(await this.terraform.showJson(this.stack.folder, out));
  }

  /** Removes the folder with all that it holds. */
  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

const STATE = 'trial.tfstate';

/** Objects with the attributes that a plan gives them. */
export function asPlanned(objects: readonly NewObject[], { changes }: RawPlan): NewObject[] {
  const planned = new Map(changes.map((one) => [one.address, one.change.after]));
  return objects.map((one) => ({
    ...one,
    attributes: (planned.get(one.address) ?? one.attributes) as object,
  }));
}
