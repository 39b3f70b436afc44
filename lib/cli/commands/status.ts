import type { Command } from 'commander';
import { isBlind, status } from '../../operations/status';
import type { FleetStatus } from '../../status';
import { jsonStatus } from '../../status/reporters/json';
import { terminalStatus } from '../../status/reporters/terminal';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';
import { hasColor, type Terminal } from '../terminal';
import { appended, redrawn, watch } from '../watch';

interface Options {
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** Seconds between two looks: on a terminal, and where each one would be kept. */
const INTERVALS = { terminal: 2, pipe: 10 };

/** Adds `regraft status`. */
export function statusCommand(root: Command, given: Given): void {
  root
    .command('status')
    .description('Show how every clone and base stands, from the state and libvirt, without synthesis.')
    .argument('[stacks...]', 'the stacks; without any, all that were applied')
    .option('--watch', 'look again and again until Ctrl-C')
    .option('--json', 'as JSON; with --watch, one document a line')
    .action((stacks: string[], options: Options) =>
      options.watch ? watchStatus(stacks, options, given) : showStatus(stacks, options, given),
    );
}

async function showStatus(stacks: string[], options: Options, given: Given): Promise<void> {
  const { terminal, context, say, end } = given;
  const found = await status(stacks, context);
  terminal.stdout.write(options.json ? jsonStatus(found) : textOf(found, terminal));
  if (!isBlind(found)) return;
  const [first] = found.stacks.flatMap(({ hosts }) => hosts);
  say(`regraft: no host could be asked: ${first!.obstacle}`);
  end(exitCodeOf('error'));
}

async function watchStatus(stacks: string[], { json }: Options, given: Given): Promise<void> {
  const { terminal, context } = given;
  const isLive = terminal.stdout.isTTY === true;
  // Progress would be written over what is watched.
  const quiet = { ...context, progress: () => undefined, notice: () => undefined };
  await watch({
    look: async () => {
      const found = await status(stacks, quiet);
      if (json) return jsonStatus(found, { oneLine: true });
      return isLive ? fitting(found, terminal) : textOf(found, terminal);
    },
    screen: isLive && !json ? redrawn(terminal.stdout) : appended(terminal.stdout, json ? '' : '\n'),
    interval: 1000 * (isLive ? INTERVALS.terminal : INTERVALS.pipe),
    signal: context.signal ?? new AbortController().signal,
  });
}

/** What does not fit into the terminal's height is shown without the sizes of the volumes. */
function fitting(found: FleetStatus, terminal: Terminal): string {
  const whole = textOf(found, terminal);
  if (whole.split('\n').length <= (terminal.stdout.rows ?? Number.POSITIVE_INFINITY)) return whole;
  return textOf(found, terminal, false);
}

function textOf(found: FleetStatus, { stdout, env }: Terminal, sizes = true): string {
  return terminalStatus(found, { color: hasColor(stdout, env), sizes });
}
