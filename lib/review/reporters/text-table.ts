import Table from 'cli-table3';
import { plain } from './phrases';

/** The columns of a terminal that a report fits in. */
export const WIDTH = 80;
/** The space between two columns of a table. */
const GAP = 2;
/** What a column of names has at least; longer names are broken where the table has no room for them. */
const NAME = 18;

/** The lines of a table without borders that fits {@link WIDTH}; its first column holds names. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(plain));
  const colWidths = columnWidths([head, ...cells]);
  const table = new Table({
    head: [...head],
    colWidths,
    chars: Object.fromEntries(
      ['top', 'bottom', 'left', 'right', 'mid']
        .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
        .concat(['mid-mid', 'top-mid', 'middle'])
        .map((name) => [name, '']),
    ),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
  });
  for (const row of cells) table.push(row.map((cell, column) => wrap(cell, '', colWidths[column]! - GAP)));
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}

/** Gives each column what it needs; where that is too much, the widest give way, names before the words of the others. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = rows[0]!.map((_head, column) => rows.map((row) => row[column]!));
  const widths = columns.map((cells) => longest(cells) + GAP);
  const least = columns.map((cells, column) =>
    column === 0 ? NAME : longest(cells.flatMap((cell) => cell.split(' '))) + GAP,
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

/** Breaks a text into lines; those below the first are moved in. */
export function hanging(text: string, indent: string): string {
  return `${indent}${wrap(text, `${indent}  `).trimStart()}`;
}

function longest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** Breaks a text into lines, between words, and in the middle of words that are longer than a line. */
export function wrap(text: string, indent = '', width = WIDTH): string {
  const room = width - indent.length;
  const lines: string[] = [''];
  for (const word of plain(text)
    .split(' ')
    .filter((one) => one !== '')) {
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
