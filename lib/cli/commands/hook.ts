import { isAbsolute } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../model/user-error';
import type { HookOutcome } from '../../operations/hook';
import { checkHook, HOOK_FOLDER, hookHosts, hookText, installHook, removeHook } from '../../operations/hook';
import { maskedText } from '../../review/masking';
import { exitCodeOf } from '../exit-codes';
import { errorText } from '../messages';
import type { Given } from '../program';

interface Options {
  readonly host?: string;
  readonly directory: string;
}

/** Adds `regraft hook install|check|remove|print`. */
export function hookCommand(root: Command, given: Given): void {
  const hook = root
    .command('hook')
    .description("libvirt's hook on the hosts, which resets temporary volumes at every shutdown.");
  const add = (name: string, description: string, act: (options: Options) => Promise<void>): void => {
    hook
      .command(name)
      .description(description)
      .option('--host <name|uri>', 'one host of the stacks, or a libvirt URI; without it, all of the stacks')
      .option('--directory <directory>', "the folder of libvirt's hooks on the host", HOOK_FOLDER)
      .action(async (options: Options) => {
        if (!isAbsolute(options.directory)) {
          throw new UserError(
            `--directory is ${JSON.stringify(options.directory)}, expected an absolute path on the host, such as ${HOOK_FOLDER}`,
          );
        }
        await act(options);
      });
  };
  add('install', 'Put the hook on the hosts, or the present version of it.', async ({ host, directory }) => {
    const outcomes = await installHook(await hookHosts(host, given.context), directory, given.context);
    tell(given, outcomes, ({ done, path, reload }) => ({
      text: `${done === 'already there' ? `${path} is already there` : `${done} ${path}`}${reload ? RELOAD : ''}`,
    }));
  });
  add('check', 'Whether the hosts have the hook, in this version.', async ({ host, directory }) => {
    const outcomes = await checkHook(await hookHosts(host, given.context), directory, given.context);
    const again = [
      'regraft hook install',
      ...(host === undefined ? [] : [`--host ${host}`]),
      ...(directory === HOOK_FOLDER ? [] : [`--directory ${directory}`]),
    ].join(' ');
    tell(given, outcomes, ({ state, path }) =>
      state === 'installed'
        ? { text: `${path} is installed` }
        : {
            text: `${path} is ${state}${state === 'outdated' ? ' (of another version, or not executable)' : ''}: run ${again}`,
            failed: true,
          },
    );
  });
  add('remove', 'Take the hook away from the hosts.', async ({ host, directory }) => {
    const outcomes = await removeHook(await hookHosts(host, given.context), directory, given.context);
    tell(given, outcomes, ({ done, path }) => ({
      text: done === 'removed' ? `removed ${path}` : `${path} is not there`,
    }));
  });
  hook
    .command('print')
    .description('Write the hook itself to standard output.')
    .action(() => void given.terminal.stdout.write(hookText()));
}

/** libvirt looks for hooks when its daemon starts and when it reloads its configuration (libvirt, `virHookInitialize`). */
const RELOAD =
  '; libvirt had no hook there before and has to look for it: run systemctl reload libvirtd on that host (virtqemud where libvirt has a daemon for each driver)';

function tell<Found>(
  { terminal, say, end }: Given,
  outcomes: readonly HookOutcome<Found>[],
  line: (found: Found) => { readonly text: string; readonly failed?: boolean },
): void {
  let failed = false;
  for (const outcome of outcomes) {
    if ('error' in outcome && outcome.error instanceof UserError) {
      say(errorText(outcome.error, outcome.host));
      failed = true;
      continue;
    }
    const told = line(outcome as Found);
    terminal.stdout.write(`${maskedText(`${outcome.host}: ${told.text}`)}\n`);
    failed ||= told.failed ?? false;
  }
  end(exitCodeOf(failed ? 'error' : 'nothing-to-do'));
}
