import { roundedSize } from '../model/size';
import type { PlannedVolume, PreparePlan, PrepareResult } from '../operations/prepare';
import { plain } from '../review/reporters/phrases';

/** A plan of a preparation for people. */
export function preparePlanText(plan: PreparePlan): string {
  const { request, draft, running, volumes, needed, available, operations, brokenOff, copied } = plan;
  const where = `pool ${draft.pool}, base ${draft.entry.base}, host ${draft.host}`;
  const power = running ? 'running, is shut down' : 'off';
  const width = Math.max(...volumes.map(({ name }) => name.length));
  return [
    `Base ${request.as} from draft ${draft.clone} (${where}; ${power})`,
    ...(brokenOff ? [`  ${brokenOffText(brokenOff, copied)}`] : []),
    ...volumes.map(
      (volume) => `  ${volume.name.padEnd(width)}  ${volume.type.padEnd(9)}  ${plain(fateOf(volume))}`,
    ),
    ...(copied
      ? []
      : [
          `  Takes at most ${roundedSize(needed)} in storage pool ${draft.storage}, which has ${roundedSize(available)} free.`,
        ]),
    operations
      ? `  Sealed by virt-sysprep: ${operations.join(', ')}.`
      : '  Not sealed: clones share what the draft has (machine ID, SSH host keys, logs; docs/prepare.md).',
    ...(request.write === undefined
      ? []
      : [`  Declared in ${request.write}, after base ${draft.entry.base}.`]),
    '',
  ].join('\n');
}

function brokenOffText({ at, by }: NonNullable<PreparePlan['brokenOff']>, copied: boolean): string {
  const rest = copied
    ? 'all volumes were made, the rest is done now'
    : 'what it has left is deleted, and it begins anew';
  return `A preparation of ${at} by ${by} was broken off: ${rest}.`;
}

function fateOf({ type, size, from, seed, bytes }: PlannedVolume): string {
  const virtual = roundedSize(size);
  if (seed !== undefined) return `${from} becomes the seed ${seed}: ${roundedSize(bytes)} of ${virtual}`;
  if (from === undefined) return `as declared: ${virtual}`;
  const copy = type === 'system' ? 'flattened' : 'copied as the draft had it at first';
  return `${from}, ${copy}: at most ${roundedSize(bytes)} of ${virtual}`;
}

/** What came of a preparation, for people: the code, and what to do with it. */
export function prepareResultText(
  { base, host, code, written, draft }: PrepareResult,
  clone: string,
): string {
  return [
    `Base ${base.name} is on host ${host}: ${base.volumes.flatMap(({ file }) => file ?? []).join(', ')}`,
    `Draft ${clone} is ${draft.on ? 'on' : 'off'}.`,
    written === undefined ? 'Declare it, then move pools onto it with a Rebase:' : `Declared in ${written}:`,
    '',
    code,
  ].join('\n');
}
