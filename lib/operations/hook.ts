import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { didYouMean } from '../model/names';
import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import { readProject, readStacks } from '../tools/cdktf';
import type { HostFiles } from '../tools/host-files';
import { hostFiles } from '../tools/host-files';
import type { Surroundings } from '../tools/process';
import type { Context } from './context';
import { sideBySide } from '../model/side-by-side';
import { readStack } from './stacks';

/** The folder of libvirt's hooks for QEMU machines (libvirt 6.5 or later). */
export const HOOK_FOLDER = '/etc/libvirt/hooks/qemu.d';

/** Whether a host has the hook; `outdated` is there, but of another version or not executable. */
export type HookState = 'installed' | 'outdated' | 'missing' | 'unknown';

/** A host as the hook commands name it. */
export interface HookHost {
  readonly name: string;
  /** Its libvirt URI; left out when it is known to Terraform only. */
  readonly uri?: string;
}

/** What was found or done on one host. */
export type HookOutcome<Found> = { readonly host: string } & (Found | { readonly error: UserError });

/** What `regraft hook install` has done; `reload` says that libvirt has to be told, since it had no hook before. */
export interface Installed {
  readonly done: 'installed' | 'updated' | 'already there';
  readonly path: string;
  readonly reload: boolean;
}

/** What `regraft hook check` has found. */
export interface Checked {
  readonly state: Exclude<HookState, 'unknown'>;
  readonly path: string;
}

/** What `regraft hook remove` has done. */
export interface Removed {
  readonly done: 'removed' | 'not there';
  readonly path: string;
}

/** The hook itself; its folder stands beside both lib and dist. */
export function hookText(): string {
  return readFileSync(join(__dirname, '../../hook/regraft.sh'), 'utf8');
}

/**
 * The hosts that are meant: a URI, the hosts of that name in the project's synthesized stacks, all of them, or, where
 * there is no project, this machine.
 *
 * @throws UserError when the stacks were not synthesized, or have no host of that name
 */
export async function hookHosts(asked: string | undefined, { folder, env }: Context): Promise<HookHost[]> {
  if (asked?.includes('://')) return [{ name: maskedUri(asked), uri: asked }];
  if (!existsSync(join(folder, 'cdktf.json'))) {
    if (asked === undefined) return [{ name: 'this machine', uri: 'qemu:///system' }];
    throw new UserError(
      `there is no ${join(folder, 'cdktf.json')} that could say where host ${JSON.stringify(asked)} is: give its URI, such as --host qemu+ssh://root@${asked}/system`,
    );
  }
  const stacks = await readStacks(await readProject(folder, env));
  const contents = await Promise.all(stacks.map(readStack));
  const all = contents.flatMap(({ provider: { libvirt = [], regraft = [] } = {} }) => [
    ...libvirt,
    ...regraft,
  ]);
  const known = [
    ...new Map(all.map(({ alias = 'default', uri }) => [`${alias} ${uri}`, { name: alias, uri }])).values(),
  ].map(({ name, uri }) => ({ name, ...(uri === undefined || /[$%]\{/.test(uri) ? {} : { uri }) }));
  const chosen = asked === undefined ? known : known.filter(({ name }) => name === asked);
  if (chosen.length > 0) return chosen;
  const names = [...new Set(known.map(({ name }) => name))];
  throw new UserError(
    asked === undefined
      ? 'the stacks have no libvirt host: give one by its URI, --host qemu:///system'
      : `there is no host ${JSON.stringify(asked)} in the stacks: ${didYouMean(asked, names)}`,
  );
}

/** Puts the hook on hosts; a file of its name that is not regraft's is left alone, which is an error. */
export function installHook(
  hosts: readonly HookHost[],
  folder: string,
  context: Context,
): Promise<HookOutcome<Installed>[]> {
  const text = hookText();
  return onEach(hosts, context, async (files) => {
    const path = pathIn(folder);
    const state = await stateOf(files, path, text);
    if (state === 'installed') return { done: 'already there', path, reload: false };
    const others = await Promise.all([files.executables(folder), files.read(folder.replace(/\.d\/*$/, ''))]);
    const reload = others[0].length === 0 && !others[1]?.executable;
    await files.write(path, text);
    return { done: state === 'missing' ? 'installed' : 'updated', path, reload };
  });
}

/** Finds out whether hosts have the hook in this version. */
export function checkHook(
  hosts: readonly HookHost[],
  folder: string,
  context: Context,
): Promise<HookOutcome<Checked>[]> {
  const text = hookText();
  return onEach(hosts, context, async (files) => {
    const path = pathIn(folder);
    return { state: await stateOf(files, path, text), path };
  });
}

/** Takes the hook away from hosts; a file of its name that is not regraft's is left alone, which is an error. */
export function removeHook(
  hosts: readonly HookHost[],
  folder: string,
  context: Context,
): Promise<HookOutcome<Removed>[]> {
  const text = hookText();
  return onEach(hosts, context, async (files) => {
    const path = pathIn(folder);
    if ((await stateOf(files, path, text)) === 'missing') return { done: 'not there', path };
    await files.remove(path);
    return { done: 'removed', path };
  });
}

/** Whether the host of a libvirt URI has the hook; `unknown` when its files cannot be read. */
export async function hookState(
  uri: string,
  surroundings: Surroundings,
  folder = HOOK_FOLDER,
): Promise<HookState> {
  try {
    return await stateOf(hostFiles(uri, surroundings), pathIn(folder), hookText());
  } catch (error) {
    if (error instanceof ForeignFile) return 'missing';
    if (error instanceof UserError) return 'unknown';
    throw error;
  }
}

/** A file that stands where the hook belongs and is somebody else's. */
class ForeignFile extends UserError {}

async function stateOf(files: HostFiles, path: string, text: string): Promise<Checked['state']> {
  const found = await files.read(path);
  if (found === undefined) return 'missing';
  if (found.content === text) return found.executable ? 'installed' : 'outdated';
  if (/^# regraft-hook: /m.test(found.content.slice(0, 200))) return 'outdated';
  throw new ForeignFile(
    `${path} is there and is not regraft's (it has no line "# regraft-hook: …"): move it away, or choose another --directory`,
  );
}

function pathIn(folder: string): string {
  return join(resolve(folder), 'regraft');
}

async function onEach<Found>(
  hosts: readonly HookHost[],
  context: Context,
  act: (files: HostFiles) => Promise<Found>,
): Promise<HookOutcome<Found>[]> {
  return sideBySide(8, hosts, async ({ name, uri }): Promise<HookOutcome<Found>> => {
    try {
      if (uri === undefined)
        throw new UserError('its URI is known to Terraform only: give it with --host URI');
      return { host: name, ...(await act(hostFiles(uri, context))) };
    } catch (error) {
      if (error instanceof UserError) return { host: name, error };
      throw error;
    }
  });
}
