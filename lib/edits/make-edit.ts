import type { Binding, Node, NodePath } from '@babel/traverse';
import { structuredPatch } from 'diff';
import MagicString from 'magic-string';
import type { CodeEdit, LineEdit, Remark } from './code-edit';
import { Ambiguous } from './code-edit';
import type { PropertyPath } from './follow';
import { unwrapped } from './follow';
import type { Span } from './removal';
import { removeLines, removeListed, startOfLine, wholeLines } from './removal';
import type { Source } from './sources';
import { parsedProgram } from './sources';
import type { Leftovers } from './unused';
import { countStatements, leftovers } from './unused';

/** What is to be done with a rebase. */
export interface Change {
  /** The statement that makes it. */
  readonly statement: NodePath;
  /** The expression of its new base. */
  readonly to: NodePath;
  /** The property of the pool that is to name the new base; left out for a revert. */
  readonly base?: PropertyPath;
  /** Whether the expression that is out of use becomes a statement of its own. */
  readonly keep: boolean;
}

/**
 * Makes an edit of one file.
 *
 * @throws Ambiguous when the edited text would not read as what it is meant to be
 */
export function makeEdit(source: Source, change: Change): CodeEdit {
  const { text, path: file } = source;
  const code = new MagicString(text);
  const { statement, to, base } = change;
  const lines = linesOf(source, statement);
  const out = base ? (base.get('value') as NodePath) : to;
  const kept = change.keep ? ownStatement(text, out, statement) : undefined;
  if (base) {
    code.overwrite(...nameOfBase(text, base, to));
    if (kept !== undefined) putBefore(code, source, base, kept);
  }
  if (!base && kept !== undefined) replaceLines(code, text, lines, statement, kept);
  else removeLines(code, text, lines);
  const left = leftovers(source, change);
  for (const binding of left.imports) removeImport(code, text, binding);
  for (const { declarator, declaration } of left.unnamed) {
    code.remove(declaration.node.start!, (declarator.get('init') as NodePath).node.start!);
  }
  for (const plain of left.plain) removeLines(code, text, linesOf(source, plain));
  const newText = code.toString();
  mustRead(source, change, newText, left);
  const edits = lineEdits(text, newText);
  return { file, edits, oldText: text, newText, remarks: remarks(left, kept, edits, newText) };
}

/** The property `base: TO`, to be put in place of the old one. */
function nameOfBase(text: string, base: PropertyPath, to: NodePath): [number, number, string] {
  const value = base.get('value') as NodePath;
  const moved = reindented(text, to, indentAt(text, base.node.start!));
  return base.node.shorthand
    ? [base.node.start!, base.node.end!, `base: ${moved}`]
    : [value.node.start!, value.node.end!, moved];
}

/** An expression as a statement, in the style of another one. */
function ownStatement(text: string, expression: NodePath, like: NodePath): string {
  const semicolon = text[like.node.end! - 1] === ';' ? ';' : '';
  return reindented(text, unwrapped(expression), indentAt(text, like.node.start!)) + semicolon;
}

/** The text of a node whose further lines are indented as those of another place; a text over lines stays as it is. */
function reindented(text: string, { node }: NodePath, indent: string): string {
  const own = indentAt(text, node.start!);
  const part = text.slice(node.start!, node.end!);
  if (part.includes('`')) return part;
  return part
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(own) ? indent + line.slice(own.length) : line))
    .join('\n');
}

function putBefore(code: MagicString, source: Source, base: PropertyPath, kept: string): void {
  const { text } = source;
  const statement = base.getStatementParent();
  const isSameCode = statement?.getFunctionParent()?.node === base.getFunctionParent()?.node;
  const start = statement ? linesOf(source, statement).start : 0;
  if (
    !statement ||
    !isSameCode ||
    statement.isClassDeclaration() ||
    text.slice(startOfLine(text, start), start).trim() !== ''
  )
    throw new Ambiguous(
      `the pool makes its base inline, and there is no place for it before the pool (line ${base.node.loc!.start.line})`,
    );
  const indent = indentAt(text, statement.node.start!);
  code.appendLeft(start, `${indent}${kept}${lineBreak(text)}`);
}

function replaceLines(code: MagicString, text: string, lines: Span, statement: NodePath, by: string): void {
  const whole = lines.start < statement.node.start! || text[lines.end - 1] === '\n';
  const indent = whole ? indentAt(text, statement.node.start!) : '';
  code.overwrite(lines.start, lines.end, `${indent}${by}${whole ? lineBreak(text) : ' '}`);
}

function removeImport(code: MagicString, text: string, { path, identifier }: Binding): void {
  const statement = path.parentPath!;
  const all = (statement.node as Extract<Node, { type: 'ImportDeclaration' }>).specifiers;
  const listed = all
    .filter(({ type }) => type === 'ImportSpecifier')
    .map((node) => ({ start: node.start!, end: node.end! }));
  const index = listed.findIndex(({ start }) => start === path.node.start!);
  if (all.length === 1) removeLines(code, text, wholeLines(text, spanOf(statement), []));
  else if (index >= 0 && listed.length > 1) removeListed(code, text, listed, index);
  else
    throw new Ambiguous(
      `the import of ${identifier.name} has no more use, and cannot be taken out by itself`,
    );
}

/** @throws Ambiguous when the edited text has not exactly the statements that it should have */
function mustRead(source: Source, change: Change, newText: string, left: Leftovers): void {
  const { statement, to, base, keep } = change;
  const gone = left.imports.filter(
    ({ path }) => (path.parent as { specifiers?: unknown[] }).specifiers?.length === 1,
  );
  const old = base ? countStatements(base.get('value') as NodePath) : 0;
  const stays = base || keep ? countStatements(to) : 0;
  const came = stays + (keep ? 1 + old : 0);
  const went = countStatements(statement) + gone.length + left.plain.length + old;
  let found: number | undefined;
  try {
    found = countStatements(parsedProgram({ path: source.path, text: newText }));
  } catch {
    found = undefined;
  }
  if (found !== countStatements(source.program) + came - went)
    throw new Ambiguous(
      `without the Rebase, the code around line ${statement.node.loc!.start.line} would read otherwise`,
    );
}

/** The lines by which two texts differ. */
export function lineEdits(oldText: string, newText: string): LineEdit[] {
  const { hunks } = structuredPatch('', '', oldText, newText, '', '', { context: 0 });
  return hunks.map(({ oldStart, oldLines, lines }) => {
    const those = (sign: string): string =>
      lines
        .filter((line) => line.startsWith(sign))
        .map((line) => line.slice(1).replace(/\r$/, ''))
        .join('\n');
    // A hunk that only adds names the line before it.
    return { line: oldLines === 0 ? oldStart + 1 : oldStart, before: those('-'), after: those('+') };
  });
}

function remarks(
  { unnamed, unused }: Leftovers,
  kept: string | undefined,
  edits: readonly LineEdit[],
  newText: string,
): Remark[] {
  const count = (lines: string): number => (lines === '' ? 0 : lines.split('\n').length);
  const remark = (kind: Remark['kind'], { identifier }: Binding): Remark => {
    const old = identifier.loc!.start.line;
    const shift = edits
      .filter(({ line }) => line < old)
      .reduce((sum, { before, after }) => sum + count(after) - count(before), 0);
    return { kind, text: identifier.name, line: old + shift };
  };
  const names = [
    ...unnamed.map(({ binding }) => remark('unnamed', binding)),
    ...unused.map((binding) => remark('unused', binding)),
  ];
  if (kept === undefined) return names;
  const [text] = kept.split(/\r?\n/);
  const line = newText.split('\n').findIndex((one) => one.trim() === text!.trim()) + 1;
  return [...names, { kind: 'kept', text: text!, line }];
}

/** The lines of a statement, with the comments that belong to it. */
export function linesOf(source: Source, statement: NodePath): Span {
  return wholeLines(source.text, spanOf(statement), commentsOf(source));
}

function commentsOf({ program }: Source): Span[] {
  const { comments } = program.parent as { comments?: { start?: number; end?: number }[] | null };
  return (comments ?? []).map(({ start, end }) => ({ start: start!, end: end! }));
}

function spanOf({ node }: NodePath): Span {
  return { start: node.start!, end: node.end! };
}

/** The indentation of the line of an offset. */
export function indentAt(text: string, offset: number): string {
  return /^\uFEFF?([ \t]*)/.exec(text.slice(startOfLine(text, offset)))![1]!;
}

/** How lines end in a text. */
export function lineBreak(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}
