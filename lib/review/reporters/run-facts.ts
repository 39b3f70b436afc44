import type { CloneRecord, ClonePhase, Proof, RunRecord, RunState } from '../../model/run-record';
import { quantity } from './phrases';

/** What every report of a run says, in words. */
export interface RunFacts {
  /** How far it came. */
  readonly outcome: string;
  /** The same, and of which run. */
  readonly headline: string;
  /** What was proven of the data volumes; left out when none was touched. */
  readonly proven?: string;
  /** Which data volumes were made larger; left out when none was. */
  readonly grown?: string;
  readonly done: readonly CloneRecord[];
  readonly failed: readonly CloneRecord[];
  readonly skipped: readonly CloneRecord[];
  readonly reverted: readonly CloneRecord[];
  /** The next step of whoever reads it. */
  readonly next?: string;
  readonly good: boolean;
}

/** How the state of a run is said. */
export const STATE_TEXT: Readonly<Record<RunState, string>> = {
  running: 'Under way, or killed',
  paused: 'Paused',
  interrupted: 'Interrupted',
  failed: 'Failed',
  done: 'Done',
  superseded: 'Superseded by a later run',
};

/** How a phase is said while it goes on. */
export const PHASE_TEXT: Readonly<Record<ClonePhase, string>> = {
  waiting: 'waits',
  asked: 'asked to shut down',
  off: 'off',
  proving: 'data is read',
  applying: 'Terraform applies',
  applied: 'applied',
  comparing: 'data is compared',
  starting: 'starts',
  started: 'started',
  checking: 'health is checked',
  done: 'done',
  skipped: 'skipped',
  reverted: 'back on its retained overlays',
  failed: 'failed',
};

/** What a proof compares. */
export const PROOF_TEXT: Readonly<Record<Proof, string>> = {
  digest: 'SHA-256 of all bytes',
  metadata: 'size and time of the last change',
  none: 'none was asked for',
};

/** The facts of a run that every report of it shows. */
export function runFacts(run: RunRecord): RunFacts {
  const clones = Object.values(run.clones);
  const of = (phase: CloneRecord['phase']): CloneRecord[] => clones.filter((clone) => clone.phase === phase);
  const [done, failed, skipped, reverted] = [of('done'), of('failed'), of('skipped'), of('reverted')];
  const volumes = clones
    .flatMap(({ data }) => Object.values(data))
    .filter(({ after }) => after !== undefined);
  const changed = volumes.filter(({ before, after }) => before !== after);
  const grown = Object.values(run.grown ?? {}).filter(({ at }) => at !== undefined);
  const took = spanText(run.startedAt, run.endedAt);
  const duration = took === undefined ? '' : ` (${took})`;
  const outcome = `${STATE_TEXT[run.state]}: ${done.length} of ${quantity(clones.length, 'machine')} through${duration}`;
  const next = nextOf(run);
  return {
    outcome,
    headline: `${outcome}, run ${run.id}`,
    ...(volumes.length === 0
      ? {}
      : {
          proven:
            changed.length === 0
              ? `${quantity(volumes.length, 'data volume')} proven unchanged${run.proof === 'none' ? '' : ` by ${run.proof}`}.`
              : `${quantity(changed.length, 'data volume')} NOT as before.`,
        }),
    ...(grown.length === 0 ? {} : { grown: `${quantity(grown.length, 'data volume')} grown.` }),
    done,
    failed,
    skipped,
    reverted,
    ...(next === undefined ? {} : { next }),
    good: run.state === 'done',
  };
}

/** How long it is from one time to another; left out when one of them is not known. */
export function spanText(from: string | undefined, to: string | undefined): string | undefined {
  const milliseconds = Date.parse(to ?? '') - Date.parse(from ?? '');
  return Number.isNaN(milliseconds) ? undefined : durationText(milliseconds);
}

/** A time of a record as people read it, such as `2026-03-01 10:00:00 UTC`. */
export function timeText(time: string): string {
  return time.replace(/^(\S+)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC');
}

/** A time span as people say it, such as `2 min 5 s`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function nextOf({ state, verb }: RunRecord): string | undefined {
  if (state === 'done' || state === 'superseded') return undefined;
  return verb === 'apply' ? 'Continue with: regraft apply' : 'Continue with the same regraft restore.';
}
