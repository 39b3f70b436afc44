import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Proof } from '../../model/run-record';
import type { WaveSize } from '../../model/waves';
import { waveProblems } from '../../model/waves';
import type { BusyPolicy } from '../../operations/power/stop';
import type { PowerPolicy, RolloutOptions } from '../../operations/rollout/options';
import { DEFAULTS, SERVED_CHANGES } from '../../operations/rollout/options';
import { list, wholeNumber } from './report';

/** The options of every command that rolls something out. */
export interface RolloutFlags {
  readonly autoApprove?: boolean;
  readonly json?: boolean;
  readonly shutdownTimeout: number;
  readonly onBusy: BusyPolicy;
  readonly proof: Proof;
  readonly power: PowerPolicy;
  readonly canary?: number;
  readonly maxUnavailable?: WaveSize;
  readonly pause?: boolean;
  readonly bake: number;
  readonly maxFailures: number;
  readonly onFailure: 'stop' | 'revert';
  readonly parallelism: number;
  readonly stateServer: RolloutOptions['stateServer'];
  readonly synthesized?: boolean;
  readonly var?: string[];
  readonly varFile?: string[];
}

/** Adds the options of {@link RolloutFlags} to a command. */
export function rolloutFlags(command: Command): Command {
  return command
    .option('--auto-approve', 'do not ask')
    .option(
      '--shutdown-timeout <seconds>',
      'how long machines may take to shut down',
      wholeNumber,
      DEFAULTS.shutdownTimeout,
    )
    .addOption(
      new Option(
        '--on-busy <policy>',
        'what becomes of machines that do not: give the wave up, leave them out, or cut their power',
      )
        .choices(['abort', 'skip', 'force'])
        .default(DEFAULTS.onBusy),
    )
    .addOption(
      new Option(
        '--proof <proof>',
        'how unchanged data is proven: all bytes, size and time of the last change, or not at all',
      )
        .choices(['digest', 'metadata', 'none'])
        .default(DEFAULTS.proof),
    )
    .addOption(
      new Option('--power <policy>', 'which machines run afterwards: those that ran before, all, or none')
        .choices(['restore', 'on', 'off'])
        .default(DEFAULTS.power),
    )
    .option(
      '--canary <number>',
      'the size of the first wave, then all others (default: the waves of the Rebase)',
      wholeNumber,
    )
    .option(
      '--max-unavailable <number|%>',
      'the most machines that are down at once (default: a wave)',
      waveSize,
    )
    .option('--pause', 'stop between waves: ask on a terminal, else end with exit code 0')
    .option('--bake <minutes>', 'how long a wave has to stay healthy before the next', amount, DEFAULTS.bake)
    .option(
      '--max-failures <number>',
      'how many machines may fail before the rollout stops',
      count,
      DEFAULTS.maxFailures,
    )
    .addOption(
      new Option(
        '--on-failure <policy>',
        'what becomes of a wave that fails: it stays for you to look at, or goes back to its retained overlays',
      )
        .choices(['stop', 'revert'])
        .default(DEFAULTS.onFailure),
    )
    .option(
      '--parallelism <number>',
      'how many things Terraform does at once',
      wholeNumber,
      DEFAULTS.parallelism,
    )
    .addOption(
      new Option(
        '--state-server <when>',
        `whether regraft keeps a local state for Terraform during the run: for plans of ${SERVED_CHANGES} changes or more with its own provider, always, or never`,
      )
        .choices(['auto', 'always', 'never'])
        .default(DEFAULTS.stateServer),
    )
    .option('--synthesized', 'take the stack as it was synthesized last, do not run the app')
    .option('--var <name=value>', 'a Terraform variable (repeatable)', list)
    .option('--var-file <file>', 'a file of Terraform variables (repeatable)', list)
    .option('--json', 'one JSON event a line instead of text');
}

/** The part of the flags that says how the rollout goes. */
export function rolloutOptions(flags: RolloutFlags): RolloutOptions {
  const { shutdownTimeout, onBusy, proof, power, canary, maxUnavailable } = flags;
  const { pause = false, bake, maxFailures, onFailure, parallelism, stateServer } = flags;
  return {
    shutdownTimeout,
    onBusy,
    proof,
    power,
    ...(canary === undefined ? {} : { canary }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
    pause,
    bake,
    maxFailures,
    onFailure,
    parallelism,
    stateServer,
  };
}

function waveSize(value: string): WaveSize {
  const size = /^\d+$/.test(value) ? Number(value) : (value as WaveSize);
  if (waveProblems([size]).length === 0) return size;
  throw new InvalidArgumentError("expected a whole number from 1 on, or a share from '1%' to '100%'.");
}

function count(value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a whole number.');
}

function amount(value: string): number {
  if (/^\d{1,5}(\.\d+)?$/.test(value)) return Number(value);
  throw new InvalidArgumentError('expected a number of minutes.');
}
