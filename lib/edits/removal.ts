import type MagicString from 'magic-string';

/** A part of a text, by offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What goes with a statement: its whole lines, a comment behind it, and the comment lines right above it.
 *
 * A comment that touches the statement speaks of it ("two desks try it first"), or is an instruction to a tool
 * about its next line; one with a blank line between speaks of more than the statement, and stays.
 * Where other code shares its lines, only the statement goes.
 */
export function wholeLines(text: string, statement: Span, comments: readonly Span[]): Span {
  const lineStart = startOfLine(text, statement.start);
  const sameLine = comments.filter(
    ({ start }) => start >= statement.end && !text.slice(statement.end, start).includes('\n'),
  );
  let end = statement.end;
  for (const comment of sameLine) if (/^[ \t]*$/.test(text.slice(end, comment.start))) end = comment.end;
  const lineEnd = endOfLine(text, end);
  const alone = /^\uFEFF?[ \t]*$/.test(text.slice(lineStart, statement.start));
  if (!alone || text.slice(end, lineEnd).trim() !== '') {
    return {
      start: statement.start,
      end: statement.end + /^[ \t]*/.exec(text.slice(statement.end))![0].length,
    };
  }
  let start = lineStart;
  for (const comment of [...comments].reverse()) {
    if (comment.end > start || text.slice(comment.end, start).replace(/\r?\n/, '').trim() !== '') continue;
    if (text.slice(comment.end, start).split('\n').length > 2) break;
    const own = startOfLine(text, comment.start);
    if (text.slice(own, comment.start).trim() !== '') break;
    start = own;
  }
  return { start, end: lineEnd };
}

/** Takes lines out, and a blank one with them where two would meet, or where one would begin or end a block. */
export function removeLines(code: MagicString, text: string, { start, end }: Span): void {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const blankAbove = /(?:^|\n)[ \t]*\r?\n$/.exec(before);
  const blankBelow = /^[ \t]*(?:\r?\n|$)/.exec(after);
  const opens = /[{[(]\s*$/.test(before) || before.trim() === '';
  const closes = /^\s*(?:[}\])]|$)/.test(after);
  let from = start;
  let to = end;
  if (blankBelow && blankBelow[0] !== '' && (blankAbove || opens)) to += blankBelow[0].length;
  else if (blankAbove && closes) from -= blankAbove[0].length - (blankAbove[0].startsWith('\n') ? 1 : 0);
  code.remove(from, to);
}

/** Takes one of several in a list between braces out, with its comma, and with its line when it has one of its own. */
export function removeListed(code: MagicString, text: string, items: readonly Span[], index: number): void {
  const item = items[index]!;
  const next = items[index + 1];
  const previous = items[index - 1];
  const lineStart = startOfLine(text, item.start);
  const ownLine = text.slice(lineStart, item.start).trim() === '';
  const comma = /^\s*,/.exec(text.slice(item.end))?.[0].length ?? 0;
  const rest = endOfLine(text, item.end + comma);
  if (ownLine && text.slice(item.end + comma, rest).trim() === '') code.remove(lineStart, rest);
  else if (next) code.remove(item.start, next.start);
  else if (previous) code.remove(previous.end, item.end);
}

/** Where the line begins that an offset is in. */
export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line after an offset's begins. */
function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}
