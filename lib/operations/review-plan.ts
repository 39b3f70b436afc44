import type { Manifest } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { Review } from '../review';
import { judge, parsePlan, ReviewError } from '../review';
import { manifestsOf } from '../review/manifests';
import type { SynthesizedStack } from '../tools/cdktf';
import { bootFacts } from './boot-facts';
import type { Context } from './context';
import { withDependents } from './dependents';
import { digestFacts } from './digest-facts';
import { collectFacts } from './facts';
import { imageFacts } from './image-facts';
import { readStack } from './stacks';

/**
 * Judges a stack's plan together with what libvirt says of its hosts.
 *
 * @throws UserError when the plan cannot be judged
 */
export async function reviewPlan(
  stack: SynthesizedStack,
  planJson: string,
  { replace = [], verify = false }: { readonly replace?: readonly string[]; readonly verify?: boolean },
  context: Context,
): Promise<Review> {
  try {
    const plan = parsePlan(planJson);
    if (!plan.understood) return judge(plan);
    const { before, after } = manifestsOf(plan);
    const content = await readStack(stack);
    const hosts = { ...before?.hosts, ...after.hosts };
    const { facts, notices } = await collectFacts(hosts, content, context);
    for (const text of notices) context.notice(text, stack.name);
    return judge(plan, {
      facts: await withDependents(facts, plan, hosts, content, context),
      images: await imageFacts(plan, after, stack, content, context),
      boots: await bootFacts(plan, after, stack, content, context),
      ...(verify ? { digests: await digestFacts(plan, after, stack.name, content, context) } : {}),
      ...(replace.length === 0 ? {} : { restored: ownersOf(after, replace) }),
    });
  } catch (error) {
    if (error instanceof ReviewError) throw new UserError(error.message);
    throw error;
  }
}

/** The clones whose overlays are to be made anew. */
function ownersOf({ addresses }: Manifest, replace: readonly string[]): string[] {
  return replace.flatMap((address) => {
    const role = addresses[address];
    return role?.role === 'overlay' ? [`${role.pool}/${role.clone}`] : [];
  });
}
