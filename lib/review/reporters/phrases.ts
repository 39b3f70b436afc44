import { formatSize } from '../../model/size';
import type { Finding } from '../findings';
import { SEVERITIES } from '../findings';
import type { CloneReview, PoolReview, Review, Verdict, VolumeReview } from '../review';

/** How a verdict is said. */
export const VERDICT_TEXT: Readonly<Record<Verdict, string>> = {
  'nothing-to-do': 'Nothing to do',
  safe: 'Safe to apply',
  refused: 'Refused',
};

/** What a reader should know before anything else, one sentence each. */
export function summary({ totals, verdict }: Review): string[] {
  if (verdict === 'nothing-to-do') return [`${quantity(totals.clones, 'clone')}, all as the code says.`];
  const { data, overlays, retained, machines } = totals;
  const sentences = [
    listed([
      counted(overlays.replaced, 'system volume replaced', 'system volumes replaced'),
      counted(overlays.reset, 'temporary volume reset', 'temporary volumes reset'),
      counted(overlays.reverted, 'system volume taken back', 'system volumes taken back'),
      counted(overlays.created, 'overlay created', 'overlays created'),
      counted(overlays.discarded, 'overlay discarded', 'overlays discarded'),
      counted(retained.retained, 'overlay retained as the way back', 'overlays retained as the way back'),
      counted(retained.discarded, 'retained overlay discarded', 'retained overlays discarded'),
    ]),
    listed([
      counted(data.kept, 'data volume kept', 'data volumes kept'),
      counted(data.grown, 'data volume grown', 'data volumes grown'),
      counted(data.given, 'data volume given to another clone', 'data volumes given to other clones'),
      counted(data.created, 'data volume created', 'data volumes created'),
      counted(data.adopted, 'data volume adopted', 'data volumes adopted'),
      counted(data.archived, 'data volume archived', 'data volumes archived'),
      counted(data.purged, 'data volume purged', 'data volumes purged'),
      counted(data.endangered, 'data volume ENDANGERED', 'data volumes ENDANGERED'),
      counted(data.unknown, 'data volume left out of the plan', 'data volumes left out of the plan'),
    ]),
    listed([
      counted(machines.redefined, 'machine redefined', 'machines redefined'),
      counted(
        machines.recreated,
        'machine recreated with the same identity',
        'machines recreated with the same identity',
      ),
      counted(machines.created, 'machine created', 'machines created'),
      counted(machines.removed, 'machine removed', 'machines removed'),
    ]),
  ];
  return sentences.filter((sentence) => sentence !== '');
}

/** What a plan is for a pool, and the way back where there is one. */
export function poolText({ stage, base, rebaseTo, clones }: PoolReview): string {
  const moved = clones.filter(
    (clone) =>
      clone.base.before !== undefined &&
      clone.base.after !== undefined &&
      clone.base.before !== clone.base.after,
  );
  const of = `${moved.length} of ${quantity(clones.length, 'clone')}`;
  switch (stage) {
    case 'created':
      return `new, on ${base.after}`;
    case 'rebased':
      return `${of} from ${moved[0]!.base.before} to ${moved[0]!.base.after}; ${wayBackText(moved)}`;
    case 'reverted':
      return `${of} back to ${moved[0]!.base.after}`;
    case 'promoted':
      return `${base.before} gives way to ${base.after}, which the clones are on`;
    case 'removed':
      return `removed, was on ${base.before}`;
    case 'changed':
    case 'unchanged':
      return `${stage}, on ${base.after}${rebaseTo === undefined ? '' : `, while the rebase to ${rebaseTo} is open`}`;
  }
}

function wayBackText(moved: readonly CloneReview[]): string {
  if (moved.every(({ wayBack }) => wayBack !== undefined)) return 'the way back is to delete the Rebase';
  return moved.some(({ wayBack }) => wayBack !== undefined) ? 'a way back for some only' : 'no way back';
}

/** The volumes of a clone of one type, such as `home kept, mail kept`. */
export function volumesText({ volumes }: CloneReview, type: VolumeReview['type']): string {
  const own = volumes
    .filter((volume) => volume.type === type)
    .map((one) => ({ ...one, text: fateText(one) }));
  const texts = new Set(own.map(({ text }) => text));
  if (own.length > 1 && texts.size === 1) return `${own[0]!.text} (${own.length})`;
  return own.map(({ volume, text }) => (own.length === 1 ? text : `${volume} ${text}`)).join(', ') || '-';
}

/** What becomes of a volume, with where it comes from and the size that it gets. */
export function fateText({ fate, from, size }: VolumeReview): string {
  const giver = from === undefined ? '' : ` from ${from.split('/')[1]}`;
  if (size === undefined) return `${fate}${giver}`;
  const sizes = `from ${formatSize(size.before)} to ${formatSize(size.after)}`;
  return fate === 'grown' ? `grown ${sizes}` : `${fate}${giver}, grown ${sizes}`;
}

/** The fate of a clone's machine, and whether it runs. */
export function machineText({ machine }: CloneReview): string {
  return `${machine.fate === 'none' ? '-' : machine.fate}${machine.running ? ', running' : ''}`;
}

/** The findings by code, the gravest first. */
export function byCode(findings: readonly Finding[]): [Finding, Finding[]][] {
  const groups = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = `${one.code} ${one.severity}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const rank = ({ severity }: Finding): number => -SEVERITIES.indexOf(severity);
  return [...groups.values()]
    .map((group): [Finding, Finding[]] => [group[0]!, group])
    .sort(([a], [b]) => rank(a) - rank(b));
}

/** Where a finding is: an address, else a clone. */
export function placeText({ address, pool, clone }: Finding): string {
  return address ?? (clone === undefined ? 'the plan' : `${pool}/${clone}`);
}

/** Names in a row, those in the middle left out when they are many. */
export function namesText(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names[0]}, ${names[1]} … ${names[names.length - 1]}`;
}

/** The text without what a terminal or a page would take for a command: control characters and changes of direction. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g, ' ');
}

/** A number with its noun. */
export function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function counted(count: number | undefined, one: string, many: string): string {
  if (count === undefined || count === 0) return '';
  return `${count} ${count === 1 ? one : many}`;
}

function listed(parts: readonly string[]): string {
  const found = parts.filter((part) => part !== '');
  return found.length === 0 ? '' : `${found.join(', ')}.`;
}
