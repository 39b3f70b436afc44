import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../model/manifest';
import { UserError } from '../../model/user-error';
import { readStacks } from '../../tools/cdktf';
import { readHostContents } from '../../tools/host-contents';
import { Terraform } from '../../tools/terraform';
import type { NewObject } from '../../tools/terraform-state-edit';
import { withObjects, withoutObjects, withOutputs } from '../../tools/terraform-state-edit';
import type { Context } from '../context';
import { reachAll } from '../hosts';
import { initAnew } from '../init';
import { providerInState } from '../repair/provider';
import type { RepairStack } from '../repair/stack';
import { readRepairStack } from '../repair/stack';
import { unfinishedRun } from '../rollout/run';
import { chooseStacks } from '../stacks';
import { synthesizeProject } from '../synthesize';
import type { LeftToDo } from './judgement';
import { hostChanges, leftToDo, otherFiles } from './judgement';
import type { ComingObject, LeavingObject } from './objects';
import { exchangeOf } from './objects';
import type { RawPlan } from './trial';
import { asPlanned, Trial } from './trial';

/** What a migration of a stack to regraft's own provider comes to. */
export interface Migration {
  /** The hosts that change their provider; none when there is nothing to do. */
  readonly hosts: readonly string[];
  readonly leaving: readonly LeavingObject[];
  readonly coming: readonly ComingObject[];
  /** What the plan after it still does. */
  readonly left: readonly LeftToDo[];
  /** Why it must not be done, one line each. */
  readonly problems: readonly string[];
  /** The state as it is to be; left out when there is nothing to do or it must not be done. */
  readonly next?: string;
}

/** A migration, and the stack that it is of. */
export interface FoundMigration {
  readonly terraform: Terraform;
  readonly stack: RepairStack;
  readonly migration: Migration;
}

const NOTHING: Migration = { hosts: [], leaving: [], coming: [], left: [], problems: [] };

/**
 * Synthesizes the stack and looks at what a change of its provider to regraft's own comes to; nothing is changed.
 *
 * @throws UserError when no host of the stack is for regraft's own provider, or when the state or a host cannot be read
 */
export async function findMigration(name: string | undefined, context: Context): Promise<FoundMigration> {
  const project = await synthesizeProject(context, false);
  const choice = { stacks: name === undefined ? [] : [name], all: false };
  const [chosen] = chooseStacks(await readStacks(project), choice);
  const terraform = await Terraform.find(context);
  const stack = await readRepairStack(terraform, chosen!, context);
  return { terraform, stack, migration: await migrationOf(terraform, stack, context) };
}

/** What the migration of a stack comes to, as everything stands now. */
export async function migrationOf(
  terraform: Terraform,
  stack: RepairStack,
  context: Context,
): Promise<Migration> {
  const { wanted, applied, state, stateText } = stack;
  const { name } = stack.stack;
  const own = Object.entries(wanted?.hosts ?? {}).filter(([, { provider }]) => provider === 'regraft');
  if (own.length === 0)
    throw new UserError(
      `no host of stack ${name} is for regraft's own provider: write provider: 'regraft' on the LibvirtHost (or the context regraft:provider) first`,
    );
  if (applied === undefined || state === undefined || stateText === undefined) return NOTHING;
  const hosts = own
    .map(([host]) => host)
    .filter((host) => (applied.hosts[host]?.provider ?? 'regraft') !== 'regraft');
  if (hosts.length === 0) return NOTHING;
  const run = await unfinishedRun(context.folder, name);
  const problems = [
    ...(run === undefined
      ? []
      : [
          `run ${run.record.id} is not finished: end it with the former provider (regraft apply, or regraft revert)`,
        ]),
    ...hosts.flatMap((host) => otherPlace(host, applied, wanted!)),
  ];
  if (problems.length > 0) return { ...NOTHING, hosts, problems };

  context.progress('look at the hosts', name);
  const uris = reachAll(Object.fromEntries(hosts.map((host) => [host, wanted!.hosts[host]!])), stack.content);
  const contents = new Map(
    await Promise.all(
      [...uris].map(async ([host, uri]) => [host, await readHostContents(uri, context)] as const),
    ),
  );
  const { content } = stack;
  const exchange = exchangeOf({ applied, content, objects: state.objects, hosts: contents });
  const found = { ...NOTHING, hosts, ...exchange };
  if (exchange.problems.length > 0) return found;
  // A folder that cdktf has initialized has only the providers of the last time.
  const lock = await readFile(join(stack.stack.folder, '.terraform.lock.hcl'), 'utf8').catch(() => '');
  if (!/^provider "[^"]+\/regraft"/m.test(lock))
    await initAnew(terraform, stack.stack, (step) => context.progress(step, name));
  const objects = await Promise.all(exchange.coming.map((one) => newObject(one, stack)));
  const emptied = withoutObjects(
    stateText,
    exchange.leaving.map(({ address }) => address),
  );
  return { ...found, ...(await tried(terraform, stack, { emptied, objects }, context)) };
}

/** A pool that moves is another pool. */
function otherPlace(host: string, applied: Manifest, wanted: Manifest): string[] {
  const [was, now] = [applied.hosts[host]!, wanted.hosts[host]!];
  return (['uri', 'storage', 'path'] as const).flatMap((part) =>
    was[part] === now[part]
      ? []
      : [
          `host ${host}: its ${part} is ${was[part] ?? 'unknown'} in the state and ${now[part] ?? 'unknown'} in the code: change the provider alone`,
        ],
  );
}

async function newObject(
  { host, address, attributes, dependencies }: ComingObject,
  stack: RepairStack,
): Promise<NewObject> {
  const provider = await providerInState(host, stack, 'regraft');
  // As the code says it of bases, on which clones stand.
  const createBeforeDestroy = address.startsWith('regraft_base.');
  return { address, provider, attributes, dependencies, createBeforeDestroy };
}

/**
 * What the provider itself makes of the objects: the words of its own plan are what the state gets, unless it would take
 * other files or change anything.
 */
async function tried(
  terraform: Terraform,
  { stack }: RepairStack,
  { emptied, objects }: { readonly emptied: string; readonly objects: readonly NewObject[] },
  context: Context,
): Promise<Pick<Migration, 'left' | 'problems' | 'next'>> {
  const trial = await Trial.begin(terraform, stack, context);
  const plan = async (made: readonly NewObject[], step: string): Promise<[string, RawPlan | string]> => {
    const state = withObjects(emptied, made);
    const planned = await trial.plan(state, step);
    return [
      state,
      'error' in planned ? `${terraform.about.product} makes no plan: ${planned.error}` : planned,
    ];
  };
  try {
    const [, first] = await plan(objects, 'plan with the new provider');
    if (typeof first === 'string') return { left: [], problems: [first] };
    const files = otherFiles(first, new Map(objects.map(({ address, attributes }) => [address, attributes])));
    if (files.length > 0) return { left: [], problems: files };
    const [state, second] = await plan(asPlanned(objects, first), 'plan again');
    if (typeof second === 'string') return { left: [], problems: [second] };
    const problems = hostChanges(second, new Set(objects.map(({ address }) => address)));
    if (problems.length > 0) return { left: leftToDo(second), problems };
    return { left: leftToDo(second), problems, next: withOutputs(state, second.outputs) };
  } finally {
    await trial.end();
  }
}
