import { createTwoFilesPatch } from 'diff';
import type { OutlineVolume, StorageOutline } from './outline';
import { volumeOrder } from './outline';
import { formatSize } from './size';

/** Whether a pool can move from one outline to another, and if not, why. */
export interface OutlineComparison {
  readonly same: boolean;
  /** One sentence for each difference that stands in the way. */
  readonly differences: readonly string[];
  /** The two outlines as a textual diff; empty when they are the same. */
  readonly diff: string;
}

/**
 * Compares the outline of a new base with the one of a pool.
 *
 * Names, types and buses must be equal; a system volume may become larger, never smaller; a temporary volume
 * may have any size, since it is made anew; the size of data volumes is the pool's own matter.
 */
export function compareOutlines(
  current: StorageOutline,
  next: StorageOutline,
  labels: { current: string; next: string } = { current: 'current', next: 'next' },
): OutlineComparison {
  const names = [...new Set([...volumeOrder(current), ...volumeOrder(next)])];
  const differences = names.flatMap((name) => differencesOf(name, current[name], next[name]));
  if (differences.length === 0) return { same: true, differences: [], diff: '' };
  return { same: false, differences, diff: outlineDiff(current, next, labels) };
}

function differencesOf(name: string, current?: OutlineVolume, next?: OutlineVolume): string[] {
  if (!current) return [`volume ${name} is new`];
  if (!next) return [`volume ${name} is missing`];
  const found: string[] = [];
  if (current.type !== next.type) found.push(`volume ${name} is ${next.type}, not ${current.type}`);
  if (current.bus !== next.bus) found.push(`volume ${name} is on bus ${next.bus}, not ${current.bus}`);
  if (current.type === 'system' && next.type === 'system' && current.size !== undefined) {
    if (next.size === undefined) {
      found.push(
        `volume ${name} has no known size, and must not be smaller than ${formatSize(current.size)}: say its size`,
      );
    } else if (next.size < current.size) {
      found.push(`volume ${name} would shrink from ${formatSize(current.size)} to ${formatSize(next.size)}`);
    }
  }
  return found;
}

function outlineDiff(
  current: StorageOutline,
  next: StorageOutline,
  labels: { current: string; next: string },
): string {
  const patch = createTwoFilesPatch(
    labels.current,
    labels.next,
    outlineText(current),
    outlineText(next),
    '',
    '',
    { context: 99 },
  );
  // The first lines are for programs that apply patches (Index, ===, @@): a reader needs only the names and the lines.
  return patch
    .split('\n')
    .filter((line) => !/^(=+$|@@)/.test(line))
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** An outline as text, one line a volume, in the order of the disks. */
export function outlineText(outline: StorageOutline): string {
  return volumeOrder(outline)
    .map((name) => {
      const { type, bus, size } = outline[name]!;
      // A data volume's size is the pool's own matter: it is no part of the comparison, so it is no part of the diff.
      const sizeText =
        type === 'data' ? '' : `, ${size === undefined ? "the image's size" : formatSize(size)}`;
      return `${name}: ${type}, ${bus}${sizeText}\n`;
    })
    .join('');
}
