import { planTakeIn } from '../../adopt/take-in';
import type { TakeInStep } from '../../adopt/take-in';
import { UserError } from '../../model/user-error';
import { readStacks } from '../../tools/cdktf';
import { readHostContents } from '../../tools/host-contents';
import { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
import { reachAll } from '../hosts';
import type { RepairStack } from '../repair/stack';
import { readRepairStack } from '../repair/stack';
import { lockProject } from '../rollout/lock';
import { chooseStacks } from '../stacks';
import { synthesizeProject } from '../synthesize';
import { writeAdopted } from './write';

/** What is to be taken into the state of a stack. */
export interface FoundTakeIn {
  readonly terraform: Terraform;
  readonly stack: RepairStack;
  readonly steps: readonly TakeInStep[];
  /** Whether all is in the state, and the stack's outputs say so. */
  readonly done: boolean;
}

/**
 * Synthesizes the stack and looks for the machines that its code says are adopted; nothing is changed.
 *
 * @throws UserError when a machine is not as the code says, or when the state or a host cannot be read
 */
export async function findTakeIn(stack: string | undefined, context: Context): Promise<FoundTakeIn> {
  const project = await synthesizeProject(context, false);
  const choice = { stacks: stack === undefined ? [] : [stack], all: false };
  const [chosen] = chooseStacks(await readStacks(project), choice);
  const terraform = await Terraform.find(context);
  const found = await readRepairStack(terraform, chosen!, context);
  return { terraform, ...(await stepsOf(found, context)) };
}

async function stepsOf(stack: RepairStack, context: Context): Promise<Omit<FoundTakeIn, 'terraform'>> {
  const { wanted, applied, state, content } = stack;
  const { name } = stack.stack;
  const adopted = Object.values(wanted?.pools ?? {}).flatMap(({ clones }) =>
    Object.values(clones).filter((clone) => clone.adopted),
  );
  if (!wanted || adopted.length === 0)
    throw new UserError(
      `stack ${name} has no adopted clones: write what "regraft adopt --connect URI" prints into its code first`,
    );
  context.progress('look at the hosts', name);
  const hosts = new Set(Object.values(wanted.pools).map(({ host }) => host));
  const newer = [...hosts].find((host) => wanted.hosts[host]!.provider === '0.9');
  // Measured with 0.9.7: volumes that are written into the state stay as they are, machines do not.
  if (newer !== undefined)
    throw new UserError(
      `host ${newer} is for provider 0.9, which compares every device of a machine with the code and would define the machines anew: adopt them with provider 0.8 (provider: '0.8' on the LibvirtHost)`,
    );
  const own = [...hosts].find((host) => wanted.hosts[host]!.provider === 'regraft');
  if (own !== undefined)
    throw new UserError(
      `host ${own} is for provider regraft, which takes a machine in by itself: run terraform import regraft_clone.POOL__CLONE CLONE for each`,
    );
  const uris = reachAll(Object.fromEntries([...hosts].map((host) => [host, wanted.hosts[host]!])), content);
  const contents = new Map(
    await Promise.all(
      [...uris].map(async ([host, uri]) => [host, await readHostContents(uri, context)] as const),
    ),
  );
  const { steps, problems } = planTakeIn({ wanted, objects: state?.objects ?? [], contents });
  if (problems.length > 0)
    throw new UserError(`stack ${name}: ${problems[0]!}`, problems.slice(1).join('\n'));
  return { stack, steps, done: steps.length === 0 && JSON.stringify(applied) === JSON.stringify(wanted) };
}

/**
 * Takes what was found into the state, after another look; no machine and no volume is changed.
 *
 * @throws UserError when Terraform would change anything of it: the state is then what it was
 */
export async function takeIn({ terraform, stack }: FoundTakeIn, context: Context): Promise<void> {
  const lock = await lockProject(context.folder, () => context.progress('wait for another regraft'));
  try {
    const again = await readRepairStack(terraform, stack.stack, context);
    const { steps } = await stepsOf(again, context);
    await writeAdopted(terraform, again, steps, context);
    context.progress('done', stack.stack.name);
  } finally {
    await lock.release();
  }
}
