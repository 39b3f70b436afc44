import type { CloneRecord, DataRecord, RunRecord } from '../../model/run-record';
import { cloneKey, isOver } from '../../model/run-record';
import { formatSize } from '../../model/size';
import { quantity } from './phrases';
import { PHASE_TEXT, PROOF_TEXT, spanText, timeText } from './run-facts';

/** What was found of a data volume. */
export type VolumeVerdict = 'same' | 'CHANGED' | 'not compared';

/** A data volume of a machine in a run. */
export interface VolumeFacts extends DataRecord {
  readonly volume: string;
  readonly verdict: VolumeVerdict;
}

/** What a report shows of one machine. */
export interface MachineFacts {
  /** `POOL/CLONE`. */
  readonly key: string;
  readonly record: CloneRecord;
  /** How its course ended, or where it stands. */
  readonly end: string;
  /** Whether it ran before, and whether its power was cut. */
  readonly power: string;
  /** Its phases with how long each took, such as `off (2 s)`. */
  readonly steps: readonly string[];
  readonly took?: string;
  readonly volumes: readonly VolumeFacts[];
}

/** The head of a report: what is known of the run as a whole, each with its name. */
export function runHead(run: RunRecord): [string, string][] {
  const took = spanText(run.startedAt, run.endedAt);
  const last = run.continuedAt.at(-1);
  return [
    ['By', run.by],
    ['Begun', timeText(run.startedAt)],
    ['Ended', run.endedAt === undefined ? 'not yet' : `${timeText(run.endedAt)}${took ? ` (${took})` : ''}`],
    [
      'Gone on with',
      last === undefined ? 'never' : `${quantity(run.continuedAt.length, 'time')}, last ${timeText(last)}`,
    ],
    ['Proof of data', PROOF_TEXT[run.proof]],
    ...(run.replace.length === 0 ? [] : [['Made anew', run.replace.join(', ')] as [string, string]]),
    ...Object.entries(run.grown ?? {}).map(([key, { before, after, at }]): [string, string] => [
      at === undefined ? 'To be grown' : 'Grown',
      `${key} from ${formatSize(before)} to ${formatSize(after)}`,
    ]),
    ['Plan SHA-256', run.planSha256],
    ['Bundle SHA-256', run.bundleSha256],
  ];
}

/** The waves of a run, a line each. */
export function waveLines({ waves }: RunRecord): string[] {
  return waves.map(({ clones, state, startedAt, endedAt }, index) => {
    const took = spanText(startedAt, endedAt);
    const what = clones.length === 0 ? 'what touches no machine' : clones.join(', ');
    return `Wave ${index + 1} of ${waves.length}: ${state}${took === undefined ? '' : ` (${took})`}: ${what}`;
  });
}

/** The machines of a run: those that failed first, then those that are not through. */
export function machineFacts(run: RunRecord): MachineFacts[] {
  const rank = ({ phase }: CloneRecord): number => (phase === 'failed' ? 0 : phase === 'done' ? 2 : 1);
  return Object.values(run.clones)
    .sort((one, other) => rank(one) - rank(other))
    .map((record) => {
      const took = spanText(record.phases[0]?.at, endOf(record, run));
      return {
        key: cloneKey(record.pool, record.clone),
        record,
        end: endText(record, run),
        power: powerText(record),
        steps: record.phases.map((_phase, index) => stepText(record, index, run)),
        ...(took === undefined ? {} : { took }),
        volumes: Object.entries(record.data).map(([volume, data]) => ({
          volume,
          ...data,
          verdict: verdictOf(data),
        })),
      };
    });
}

function endText({ phase, phases }: CloneRecord, { state }: RunRecord): string {
  if (phases.length === 0 && state !== 'running') return 'not reached';
  const text = PHASE_TEXT[phase];
  return isOver(phase) || phase === 'waiting' || state === 'running' ? text : `left while: ${text}`;
}

function powerText({ ran, cutOff }: CloneRecord): string {
  const before =
    ran === undefined ? 'not known whether it ran before' : ran ? 'ran before' : 'was off before';
  return cutOff ? `${before}, its power was cut` : before;
}

/** A phase with how long it took; one that ends a course takes no time. */
function stepText(record: CloneRecord, index: number, run: RunRecord): string {
  const { phase, at } = record.phases[index]!;
  if (isOver(phase)) return PHASE_TEXT[phase];
  const until = record.phases[index + 1]?.at ?? endOf(record, run);
  const took = spanText(at, until);
  if (took === undefined) return PHASE_TEXT[phase];
  // Nobody noted when a run was killed: only that it was gone on with within this time.
  const broke = run.continuedAt.some((time) => time > at && time <= until!);
  return `${PHASE_TEXT[phase]} (${took}${broke ? ', the run was gone on with meanwhile' : ''})`;
}

/** When the last phase of a clone ended: by itself, by the next wave, or with the run. */
function endOf({ phases }: CloneRecord, { waves, endedAt }: RunRecord): string | undefined {
  const last = phases.at(-1);
  if (last === undefined || isOver(last.phase)) return last?.at;
  const later = waves.flatMap(({ startedAt }) =>
    startedAt === undefined || startedAt <= last.at ? [] : [startedAt],
  );
  return later.sort()[0] ?? endedAt;
}

function verdictOf({ before, after }: DataRecord): VolumeVerdict {
  if (before === undefined || after === undefined) return 'not compared';
  return before === after ? 'same' : 'CHANGED';
}
