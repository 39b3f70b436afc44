import type { CloneRecord, RunRecord, RunState } from '../../model/run-record';

/** What every report of a run says, in words. */
export interface RunFacts {
  readonly headline: string;
  /** What was proven of the data volumes; left out when none was touched. */
  readonly proven?: string;
  readonly done: readonly CloneRecord[];
  readonly failed: readonly CloneRecord[];
  readonly skipped: readonly CloneRecord[];
  readonly reverted: readonly CloneRecord[];
  /** The next step of whoever reads it. */
  readonly next?: string;
  readonly good: boolean;
}

const STATES: Readonly<Record<RunState, string>> = {
  running: 'Under way, or killed',
  paused: 'Paused',
  interrupted: 'Interrupted',
  failed: 'Failed',
  done: 'Done',
  superseded: 'Superseded by a later run',
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
  const duration =
    run.endedAt === undefined
      ? ''
      : ` (${durationText(Date.parse(run.endedAt) - Date.parse(run.startedAt))})`;
  const next = nextOf(run.state);
  return {
    headline: `${STATES[run.state]}: ${done.length} of ${count(clones.length, 'machine')} through${duration}, run ${run.id}`,
    ...(volumes.length === 0
      ? {}
      : {
          proven:
            changed.length === 0
              ? `${count(volumes.length, 'data volume')} proven unchanged by ${run.proof}.`
              : `${count(changed.length, 'data volume')} NOT as before.`,
        }),
    done,
    failed,
    skipped,
    reverted,
    ...(next === undefined ? {} : { next }),
    good: run.state === 'done',
  };
}

/** A time span as people say it, such as `2 min 5 s`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function nextOf(state: RunState): string | undefined {
  if (state === 'done' || state === 'superseded') return undefined;
  return 'Continue with: regraft apply';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
