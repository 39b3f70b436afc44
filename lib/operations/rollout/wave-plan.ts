import { join } from 'node:path';
import { UserError } from '../../model/user-error';
import type { Plan } from '../../review';
import { beyond, parsePlan, targetsOf } from '../../review';
import { effectOf } from '../../review/effect';
import { parseState } from '../../tools/terraform-state';
import type { Rollout, RolloutClone } from './rollout';

/** A plan file that is to be applied for a wave. */
export interface PlannedWave {
  readonly file: string;
  readonly plan: Plan;
}

/**
 * Plans a wave and makes sure that it is a part of what was approved; the whole of an untouched plan is that plan itself.
 *
 * @throws UserError when somebody else has changed the state, when Terraform fails, or when the plan does more than was approved
 */
export async function planWave(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  whole: boolean,
): Promise<PlannedWave> {
  const { approved, terraform, stack } = rollout;
  await refuseMovedState(rollout);
  if (whole && rollout.untouched) return { file: approved.planFile, plan: approved.plan };
  const targets = whole ? undefined : targetsOf(approved.plan, clones);
  let wave = await planOnce(rollout, clones, targets, []);
  // A machine whose trigger was replaced by a run that broke off would get an update, which provider 0.8 reports and
  // does not carry out: it is replaced by name instead.
  const unsent = halfReplaced(approved.plan, wave.plan);
  if (unsent.length > 0) wave = await planOnce(rollout, clones, targets, unsent);
  const more = beyond(approved.plan, wave.plan);
  if (more.length === 0) return wave;
  throw new UserError(
    `the plan of this wave is no part of what was approved, so nothing more is applied (${more.length === 1 ? 'one difference' : `${more.length} differences`}): review it anew with regraft plan; ${terraform.about.product} works on stack ${stack.name}`,
    more.slice(0, 20).join('\n'),
  );
}

/**
 * Remembers where the state stands after an apply of our own.
 *
 * @throws UserError when it cannot be read
 */
export async function noteState(rollout: Rollout): Promise<void> {
  rollout.stateAt = await rollout.terraform.stateVersion(rollout.stack.folder);
}

async function refuseMovedState({ terraform, stack, stateAt }: Rollout): Promise<void> {
  const now = await terraform.stateVersion(stack.folder);
  if (now?.serial === stateAt?.serial && now?.lineage === stateAt?.lineage) return;
  throw new UserError(
    `the state of stack ${stack.name} has moved on since this run last looked (serial ${stateAt?.serial ?? 'none'}, now ${now?.serial ?? 'none'}): somebody else has applied something; review anew with regraft plan`,
  );
}

async function planOnce(
  rollout: Rollout,
  clones: readonly RolloutClone[],
  targets: readonly string[] | undefined,
  alsoReplace: readonly string[],
): Promise<PlannedWave> {
  const { terraform, stack, options, approved, work } = rollout;
  const file = join(work, 'wave');
  const refusal = await terraform.plan(stack.folder, {
    out: file,
    parallelism: options.parallelism,
    replace: [...replacedOf(rollout, clones), ...alsoReplace],
    ...(targets ? { targets } : {}),
    ...(approved.varFile === undefined ? {} : { varFiles: [approved.varFile] }),
  });
  if (refusal) {
    throw terraform.failure(`plan stack ${stack.name}`, refusal);
  }
  return { file, plan: parsePlan(await terraform.showJson(stack.folder, file)) };
}

/** What a restore asked to be made anew, as far as it is these clones' and not done yet. */
function replacedOf({ run, approved }: Rollout, clones: readonly RolloutClone[]): string[] {
  const wanted = new Set(run.record.replace);
  if (wanted.size === 0) return [];
  const left = clones.filter(({ key }) => !run.clone(key)?.phases.some(({ phase }) => phase === 'applied'));
  return targetsOf(approved.plan, left).filter((address) => wanted.has(address));
}

function halfReplaced(approved: Plan, part: Plan): string[] {
  const replaced = new Set(
    approved.changes.filter(({ actions }) => effectOf(actions) === 'replace').map(({ address }) => address),
  );
  return part.changes
    .filter(
      ({ type, actions, address }) =>
        type === 'libvirt_domain' && effectOf(actions) === 'update' && replaced.has(address),
    )
    .map(({ address }) => address);
}

/** The file names of volumes by their addresses, as the state has them now. */
export async function volumeFiles({ terraform, stack }: Rollout): Promise<Map<string, string>> {
  const text = await terraform.pullState(stack.folder);
  if (text === undefined) return new Map();
  const volumes = parseState(text).objects.filter(
    ({ type, deposed }) => type === 'libvirt_volume' && deposed === undefined,
  );
  return new Map(volumes.map(({ address, attributes }) => [address, String(attributes['name'])]));
}
