import { structuredPatch } from 'diff';
import { createColors } from 'picocolors';
import type { AmbiguousEdit, CodeEdit, Remark } from '../edits/code-edit';
import type { CodeChange } from '../operations/code-change';
import { maskedText } from '../review/masking';
import { plain } from '../review/reporters/phrases';

/** How a change of code is printed. */
export interface CodeChangeTextOptions {
  /**
   * Whether to use colours; they never say anything that the words do not.
   * @default false
   */
  readonly color?: boolean;
  /**
   * Whether the change was made.
   * @default false
   */
  readonly written?: boolean;
}

type Colors = ReturnType<typeof createColors>;

/** Lines of code around each change. */
const AROUND = 2;

/** Describes a change of code: the exact edit as a small diff, or the places that a person has to look at. */
export function describe(
  change: CodeChange,
  { color = false, written = false }: CodeChangeTextOptions = {},
): string {
  const colors = createColors(color);
  const lines =
    'ambiguous' in change.result
      ? ambiguousLines(change, change.result, colors)
      : editLines(change, change.result, written, colors);
  return `${maskedText(lines.join('\n'))}\n`;
}

function headline({ verb, pool, from, to }: CodeChange): string {
  return verb === 'promote'
    ? `Promote pool ${pool}: ${to} becomes its base, the Rebase from ${from} goes`
    : `Revert pool ${pool}: the Rebase goes, its clones are on ${from} again`;
}

function editLines(change: CodeChange, edit: CodeEdit, written: boolean, colors: Colors): string[] {
  const { file, oldText, newText, edits, remarks } = edit;
  const { hunks } = structuredPatch(file, file, oldText, newText, '', '', { context: AROUND });
  const places = edits.map(({ line }) => `${file}:${line}`).join(', ');
  return [
    colors.bold(headline(change)),
    `${written ? 'Changed' : 'To change'}: ${places}`,
    '',
    colors.bold(`--- ${file}`),
    colors.bold(`+++ ${file}`),
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      colors.cyan(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
      ...lines.map((line) => diffLine(line, colors)),
    ]),
    '',
    ...remarks.map((remark) => `${file}:${remark.line}: ${remarkText(remark, change)}`),
  ];
}

function diffLine(line: string, colors: Colors): string {
  // A tab is a part of the code; nothing else that is not printed is.
  const shown = line.replace(/\r$/, '').split('\t').map(plain).join('\t');
  if (line.startsWith('+')) return colors.green(shown);
  return line.startsWith('-') ? colors.red(shown) : shown;
}

function remarkText({ kind, text }: Remark, { verb, from, to }: CodeChange): string {
  const base = verb === 'promote' ? from : to;
  switch (kind) {
    case 'kept':
      return `${plain(text)} stays, as base ${base} must not leave the stack while it is not retired (retired: true)`;
    case 'unnamed':
      return `nothing uses ${text} any more, so what it named stands without a name; a base stays until it is retired (retired: true)`;
    case 'unused':
      return `nothing uses ${text} any more; it is left as it is, take it out if it makes no base and no pool`;
  }
}

function ambiguousLines(change: CodeChange, { ambiguous, places }: AmbiguousEdit, colors: Colors): string[] {
  return [
    colors.bold(headline(change)),
    colors.yellow(`This change is yours to make: ${ambiguous}.`),
    ...places.flatMap(({ file, line, text, todo }) => [
      '',
      `${colors.bold(`${file}:${line}`)}: ${plain(todo)}`,
      `    ${plain(text)}`,
    ]),
  ];
}
