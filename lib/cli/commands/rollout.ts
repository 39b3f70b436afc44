import type { RunRecord } from '../../model/run-record';
import { UserError } from '../../model/user-error';
import type { ApplyOutcome } from '../../operations/apply';
import { apply } from '../../operations/apply';
import type { StackReview } from '../../operations/plan';
import type { Review } from '../../review';
import { runSummary } from '../../review/reporters/run-terminal';
import { terminalReport } from '../../review/reporters/terminal';
import { ask, canAsk } from '../ask';
import type { Ending } from '../exit-codes';
import { exitCodeOf } from '../exit-codes';
import type { Given } from '../program';
import { RolloutView } from '../rollout-view';
import { hasColor } from '../terminal';
import type { RolloutFlags } from './rollout-options';
import { rolloutOptions } from './rollout-options';

/** What a command that rolls something out adds to its flags. */
export interface RolloutCommand {
  readonly verb: 'apply' | 'restore';
  readonly bundle?: string;
  readonly stack?: string;
  /** Addresses that are made anew. */
  readonly replace?: readonly string[];
}

/**
 * Refuses what nobody could approve, before anything is done.
 *
 * @throws UserError when there is nobody to ask
 */
export function refuseUnasked(flags: RolloutFlags, { terminal }: Given): void {
  if (flags.autoApprove === true || asks(flags, terminal)) return;
  throw new UserError(
    'there is nobody to ask: keep a review with regraft plan --out DIRECTORY and apply that bundle, or use --auto-approve',
  );
}

/**
 * Reviews, asks, rolls out, and says what came of it.
 *
 * @returns how it ended, as the exit code says it
 * @throws UserError when there is nobody to ask, when nothing may be applied, or when a wave is given up
 */
export async function rollOut(command: RolloutCommand, flags: RolloutFlags, given: Given): Promise<Ending> {
  const { terminal, context, end } = given;
  if (command.bundle === undefined) refuseUnasked(flags, given);
  const view = flags.json
    ? undefined
    : new RolloutView(terminal.stderr, hasColor(terminal.stderr, terminal.env));
  terminal.hold?.();
  try {
    const outcome = await apply(
      {
        ...(command.bundle === undefined ? {} : { bundle: command.bundle }),
        verb: command.verb,
        options: rolloutOptions(flags),
        plan: {
          stacks: command.stack === undefined ? [] : [command.stack],
          synthesized: flags.synthesized ?? false,
          vars: flags.var ?? [],
          varFiles: flags.varFile ?? [],
          parallelism: flags.parallelism,
          ...(command.replace ? { replace: command.replace } : {}),
        },
        approve: async (reviewed) => {
          show(reviewed, flags, given);
          return (
            flags.autoApprove === true ||
            ask(`Do you want to apply this to stack ${reviewed.stack}?`, terminal)
          );
        },
        ...(asks(flags, terminal)
          ? { goOn: (wave, of) => ask(`Do you want to go on with wave ${wave} of ${of}?`, terminal) }
          : {}),
        emit: (event) => {
          if (view) view.tell(event);
          else terminal.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
        },
        ...(terminal.signal ? { stop: terminal.signal } : {}),
        ...(terminal.insist ? { insist: terminal.insist } : {}),
      },
      context,
    );
    view?.end();
    conclude(outcome, flags, given);
    const ending = ENDINGS[outcome.ending];
    end(exitCodeOf(ending));
    return ending;
  } finally {
    view?.end();
  }
}

function asks({ json }: RolloutFlags, terminal: Given['terminal']): boolean {
  return canAsk(terminal) && !json;
}

const ENDINGS: Readonly<Record<ApplyOutcome['ending'], Ending>> = {
  'nothing-to-do': 'nothing-to-do',
  done: 'nothing-to-do',
  paused: 'nothing-to-do',
  incomplete: 'safe',
  refused: 'refused',
  declined: 'error',
  failed: 'error',
  interrupted: 'interrupted',
};

function show({ review }: StackReview, { json }: RolloutFlags, { terminal }: Given): void {
  if (!json) terminal.stdout.write(reportOf(review, terminal.stdout, terminal.env));
}

function conclude(
  { ending, review, run }: ApplyOutcome,
  { json }: RolloutFlags,
  { terminal, say }: Given,
): void {
  const { stdout, env } = terminal;
  if (ending === 'refused' || ending === 'nothing-to-do') {
    if (json)
      stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event: 'end', state: ending })}\n`);
    else stdout.write(reportOf(review, stdout, env));
  }
  if (ending === 'declined') say('regraft: not approved, nothing was changed');
  if (run && !json) stdout.write(summaryOf(run, stdout, env));
}

function reportOf(review: Review, stdout: Given['terminal']['stdout'], env: NodeJS.ProcessEnv): string {
  return terminalReport(review, { color: hasColor(stdout, env) });
}

function summaryOf(run: RunRecord, stdout: Given['terminal']['stdout'], env: NodeJS.ProcessEnv): string {
  return runSummary(run, { color: hasColor(stdout, env) });
}
