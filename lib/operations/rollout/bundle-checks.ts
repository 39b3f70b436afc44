import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { UserError } from '../../model/user-error';
import { parsePlan } from '../../review';
import type { CdktfProject, SynthesizedStack } from '../../tools/cdktf';
import { readStacks } from '../../tools/cdktf';
import type { Terraform } from '../../tools/terraform';
import { parseState } from '../../tools/terraform-state';
import type { Bundle } from '../bundle';
import type { Context } from '../context';
import { show } from '../show';

/**
 * The bundle at a path; a folder with one bundle in it stands for that.
 *
 * @throws UserError when it is none, is not what it was, or when there are several
 */
export async function onlyBundle(path: string, context: Context): Promise<Bundle> {
  const bundles = await show([path], context);
  if (bundles.length === 1) return bundles[0]!;
  const names = bundles.map(({ content }) => content.stack).join(', ');
  throw new UserError(
    `${path} holds ${bundles.length} bundles (${names}): apply one after the other, such as ${join(path, bundles[0]!.content.stack)}`,
  );
}

/**
 * The stack's place; on a machine that has not synthesized, such as a runner, it is where cdktf would put it.
 *
 * @throws UserError when the project was synthesized since, without that stack
 */
export async function stackOf(project: CdktfProject, { content, folder }: Bundle): Promise<SynthesizedStack> {
  const { stack: name } = content;
  const known = await readStacks(project).catch(() => undefined);
  const found = known?.find((stack) => stack.name === name);
  if (found) return found;
  if (known) {
    const names = known.map((stack) => stack.name).join(', ') || 'none';
    throw new UserError(
      `the bundle ${folder} is of stack ${JSON.stringify(name)}, which the code does not have any more (it has ${names}): plan again`,
    );
  }
  const place = join(project.output, 'stacks', name);
  return { name, folder: place, file: join(place, 'cdk.tf.json') };
}

/**
 * With a state in a local file, only the checkout that the file belongs to can apply a plan of it.
 *
 * @throws UserError when the bundle was made in another checkout
 */
export async function refuseForeign({ folder, content }: Bundle, project: CdktfProject): Promise<void> {
  const stack = JSON.parse(await readFile(join(folder, 'cdk.tf.json'), 'utf8')) as {
    terraform?: { backend?: { local?: { path?: unknown } } };
  };
  const path = stack.terraform?.backend?.local?.path;
  if (typeof path !== 'string') return;
  const file = resolve(project.output, 'stacks', content.stack, path);
  if (!relative(project.folder, file).startsWith('..')) return;
  throw new UserError(
    `the bundle ${folder} was made in another checkout: its state is ${file}, this is ${project.folder}; apply it there, or plan here`,
  );
}

/**
 * A plan is of the state that it was made in.
 *
 * @throws UserError when the state has moved on since the bundle was made, with what is there now and was not
 */
export async function refuseMovedOn(
  { content, folder }: Bundle,
  stack: SynthesizedStack,
  terraform: Terraform,
): Promise<void> {
  const text = await terraform.pullState(stack.folder);
  const now = text === undefined ? undefined : parseState(text);
  const then = content.state;
  if (now?.serial === then?.serial && now?.lineage === then?.lineage) return;
  const { prior } = parsePlan(await readFile(join(folder, 'plan.json'), 'utf8'));
  const there = new Set(
    now?.objects.filter(({ deposed }) => deposed === undefined).map(({ address }) => address),
  );
  const added = [...there].filter((address) => !prior.has(address));
  const gone = [...prior.keys()].filter((address) => !there.has(address));
  const list = (sign: string, addresses: string[]): string[] =>
    addresses
      .sort()
      .slice(0, 10)
      .map((address) => `${sign} ${address}`);
  const what =
    now && then && now.lineage !== then.lineage
      ? 'it is the state of another stack or checkout'
      : `serial ${then?.serial ?? 'none'} when it was planned, ${now?.serial ?? 'none'} now`;
  throw new UserError(
    `the state of stack ${stack.name} has moved on since this bundle was made (${what}; ${added.length} objects more, ${gone.length} fewer): plan again`,
    [...list('+', added), ...list('-', gone)].join('\n'),
  );
}
