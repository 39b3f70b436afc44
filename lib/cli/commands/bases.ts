import type { Command } from 'commander';
import { bases, superseded } from '../../operations/bases';
import { terminalBases, terminalSuperseded } from '../../layers';
import { maskedText } from '../../review/masking';
import type { Given } from '../program';

interface Options {
  readonly host?: string;
  readonly json?: boolean;
}

/** Adds `regraft bases`. */
export function basesCommand(root: Command, given: Given): void {
  root
    .command('bases')
    .description('Show every base volume on the hosts, and what really stands on it; changes nothing.')
    .argument('[bases...]', 'the bases; without any, all')
    .option('--host <host>', 'one host, by its name in the code')
    .option('--json', 'as JSON')
    .action(async (names: string[], { json, ...request }: Options) => {
      const found = await bases(names, request, given.context);
      const text = json ? `${JSON.stringify(found, null, 2)}\n` : terminalBases(found, new Date());
      given.terminal.stdout.write(maskedText(text));
    });
}

/** Adds `regraft gc`. */
export function gcCommand(root: Command, given: Given): void {
  root
    .command('gc')
    .description('List superseded bases, what each would free, and the next step; changes nothing.')
    .option('--host <host>', 'one host, by its name in the code')
    .option('--json', 'as JSON')
    .action(async ({ json, ...request }: Options) => {
      const found = await superseded(request, given.context);
      given.terminal.stdout.write(
        maskedText(json ? `${JSON.stringify(found, null, 2)}\n` : terminalSuperseded(found)),
      );
    });
}
