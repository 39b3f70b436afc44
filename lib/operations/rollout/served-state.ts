import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { effectOf } from '../../review/effect';
import type { SynthesizedStack } from '../../tools/cdktf';
import { StateFile } from '../../tools/state-server/state-file';
import { StateServer, versionOf } from '../../tools/state-server/state-server';
import type { Terraform } from '../../tools/terraform';
import type { Context } from '../context';
import { readStack } from '../stacks';
import { makeStandIn } from '../stand-in';
import type { RolloutOptions } from './options';
import { SERVED_CHANGES } from './options';
import type { Approved } from './rollout';

/** Terraform, with its state served by this process. */
export interface ServedState {
  readonly terraform: Terraform;
  /**
   * Ends, with the last state on disk.
   *
   * @throws UserError when it cannot be written
   */
  close(): Promise<void>;
}

/** Seconds that the Terraform of a run that was killed may take to end. */
const PATIENCE = 60;

/**
 * Whether the state is to be served.
 *
 * To a backend that is not a local file Terraform hands its state every 20 s, and at its end. What a kill loses of it
 * regraft's own provider finds on the host again by its marks, so only for that it is done unasked.
 */
export function isServed(
  { stateServer }: Pick<RolloutOptions, 'stateServer'>,
  { plan, manifest }: Pick<Approved, 'plan' | 'manifest'>,
): boolean {
  if (stateServer !== 'auto') return stateServer === 'always';
  const changes = plan.changes.filter(({ actions }) => effectOf(actions) !== 'none');
  const providers = Object.values(manifest.hosts).map(({ provider }): string => provider);
  return changes.length >= SERVED_CHANGES && providers.every((provider) => provider === 'regraft');
}

/**
 * Serves a state in a local file for one run; `undefined` when it is elsewhere.
 *
 * Nothing in the stack's own folder changes: Terraform works in another one beside it, with links to all that is there
 * and an override of the backend, as deep below the project so that relative paths mean the same.
 *
 * @throws UserError when somebody else has the state locked, or when it is none
 */
export async function serveState(
  terraform: Terraform,
  stack: SynthesizedStack,
  context: Context,
): Promise<ServedState | undefined> {
  const path = await localState(stack, context);
  if (path === undefined) return undefined;
  context.progress('serve the state', stack.name);
  const file = await locked(path, terraform, stack, context);
  let server: StateServer | undefined;
  const close = async (): Promise<void> => {
    try {
      await server?.close();
    } finally {
      await file.release();
    }
  };
  try {
    const folder = join(dirname(dirname(stack.folder)), 'served', stack.name);
    const text = await newestOf(file, folder, (step) => context.progress(step, stack.name));
    await keepAsTerraformDoes(file);
    server = await StateServer.start(text, file);
    await makeStandIn(folder, stack, { http: server.backend });
    const inFolder = terraform.inStandIn({
      of: stack.folder,
      folder,
      env: { ...server.env, TF_DATA_DIR: join(folder, '.terraform') },
      keepOpen: file.lockedBy,
    });
    const refusal = await inFolder.init(stack.folder);
    if (refusal) throw terraform.failure(`initialize stack ${stack.name} with a served state`, refusal);
    return {
      terraform: inFolder,
      close: async () => {
        await close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const backends = z.object({
  backend: z.record(z.string(), z.object({ path: z.string().optional() })).optional(),
  cloud: z.undefined().optional(),
});

/** The file of a stack's state; `undefined` when it is not in the default workspace of a local backend. */
async function localState(stack: SynthesizedStack, { env }: Context): Promise<string | undefined> {
  const parsed = backends.safeParse((await readStack(stack)).terraform ?? {});
  if (!parsed.success) return undefined;
  const { backend = { local: {} } } = parsed.data;
  if (Object.keys(backend).join() !== 'local') return undefined;
  const chosen = await readFile(join(stack.folder, '.terraform/environment'), 'utf8').catch(() => 'default');
  if ((env['TF_WORKSPACE'] || chosen.trim()) !== 'default') return undefined;
  return resolve(stack.folder, backend['local']!.path ?? 'terraform.tfstate');
}

/** The file, locked; the Terraform of a run that was killed ends by itself, and has the lock until then. */
async function locked(
  path: string,
  terraform: Terraform,
  stack: SynthesizedStack,
  { progress, signal }: Context,
): Promise<StateFile> {
  const until = Date.now() + PATIENCE * 1000;
  for (;;) {
    const file = await StateFile.lock(path, terraform);
    if (file instanceof StateFile) return file;
    if (Date.now() > until) throw terraform.failure('lock the state', file);
    progress('wait for the lock of the state', stack.name);
    await sleep(1000, undefined, signal ? { signal } : {}).catch(() => undefined);
    signal?.throwIfAborted();
  }
}

/**
 * The state as it stands: what the Terraform of a run that was killed could not hand over any more, it has left beside
 * its configuration (`errored.tfstate`).
 */
async function newestOf(file: StateFile, folder: string, progress: (step: string) => void): Promise<string> {
  const left = await readFile(join(folder, 'errored.tfstate'), 'utf8').catch(() => '');
  const [now, newer] = [versionOf(file.text), versionOf(left)];
  const follows = newer && (!now || (now.lineage === newer.lineage && now.serial < newer.serial));
  if (!follows) return file.text;
  progress('take over the state that a killed run has left');
  await file.write(left);
  return left;
}

/** Terraform's local backend keeps the state that it begins with. */
async function keepAsTerraformDoes({ path, text }: StateFile): Promise<void> {
  if (text !== '') await writeFile(`${path}.backup`, text, { mode: 0o600 });
}
