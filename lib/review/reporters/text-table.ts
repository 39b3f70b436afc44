import Table from 'cli-table3';
import { plain } from './phrases';

/** The columns of a terminal that every report fits into. */
export const WIDTH = 80;

/** The space between two columns of a table. */
const GAP = 2;
/** What a column of names has at least; longer names are broken where the table has no room for them. */
const NAME = 18;

/** How a table gives way where its texts are wider than a terminal. */
export interface TableOptions {
  /**
   * The columns of names, by number, which are broken before the words of the others.
   * @default the first
   */
  readonly breakable?: readonly number[];
}

/** A cell: one text, or several lines. */
export type Cell = string | readonly string[];

/** The lines of a table without borders that fits {@link WIDTH}, indented. */
export function textTable(
  head: readonly Cell[],
  rows: readonly (readonly Cell[])[],
  { breakable = [0] }: TableOptions = {},
): string[] {
  const cells = [head, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'string' ? [cell] : cell).map(plain)),
  );
  const colWidths = columnWidths(cells, breakable);
  const [first, ...others] = cells.map((row) =>
    row.map((cell, column) => cell.map((line) => wrap(line, '', colWidths[column]! - GAP)).join('\n')),
  );
  const table = new Table({
    head: first!,
    colWidths,
    chars: Object.fromEntries(
      ['top', 'bottom', 'left', 'right', 'mid']
        .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
        .concat(['mid-mid', 'top-mid', 'middle'])
        .map((name) => [name, '']),
    ),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
  });
  table.push(...others);
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}

/** Gives each column what it needs; where that is too much, the widest give way, names before the words of the others. */
function columnWidths(
  rows: readonly (readonly (readonly string[])[])[],
  breakable: readonly number[],
): number[] {
  const columns = rows[0]!.map((_head, column) => rows.flatMap((row) => row[column]!));
  const widths = columns.map((cells) => longest(cells) + GAP);
  const least = columns.map((cells, column) =>
    breakable.includes(column) ? NAME : longest(cells.flatMap((cell) => cell.split(' '))) + GAP,
  );
  const widest = (candidates: readonly number[]): number =>
    candidates.reduce((one, other) => (widths[other]! > widths[one]! ? other : one));
  const all = [...widths.keys()];
  while (widths.reduce((sum, width) => sum + width) > WIDTH - 2) {
    const roomy = all.filter((column) => widths[column]! > least[column]!);
    widths[widest(roomy.length > 0 ? roomy : all)]! -= 1;
  }
  return widths;
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** Breaks a text into lines; those below the first are moved in. */
export function hanging(text: string, indent: string): string {
  return `${indent}${wrap(text, `${indent}  `).trimStart()}`;
}

/** Breaks a text into lines, between words, and in the middle of words that are longer than a line. */
export function wrap(text: string, indent = '', width = WIDTH): string {
  return wrapPieces(plain(text).split(' '), indent, width);
}

/** Fills lines with pieces that are broken only where one is longer than a line. */
export function wrapPieces(pieces: readonly string[], indent = '', width = WIDTH): string {
  const room = width - indent.length;
  const lines: string[] = [''];
  for (const word of pieces.filter((one) => one !== '')) {
    for (let rest = word; rest !== ''; rest = rest.slice(room)) {
      const piece = rest.slice(0, room);
      const line = lines[lines.length - 1]!;
      if (line === '') lines[lines.length - 1] = piece;
      else if (line.length + 1 + piece.length <= room) lines[lines.length - 1] = `${line} ${piece}`;
      else lines.push(piece);
    }
  }
  return lines.map((line) => indent + line).join('\n');
}
