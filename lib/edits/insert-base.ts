import type { NodePath } from '@babel/traverse';
import type { CodeNames } from '../model/base-code';
import { baseCode, variableName } from '../model/base-code';
import type { PreparedBase } from '../model/prepared-base';
import type { AmbiguousEdit, CodeEdit, SourceFile } from './code-edit';
import { Ambiguous } from './code-edit';
import type { CallPath, Declared } from './constructs';
import { basesIn, regraftName } from './constructs';
import type { NewPath } from './follow';
import { memberName } from './follow';
import { indentAt, lineBreak, lineEdits, linesOf } from './make-edit';
import { mustRunOnce } from './runs-once';
import type { Source } from './sources';
import { parsedProgram, Sources } from './sources';
import { countStatements } from './unused';

/** Where a new base is declared in the code. */
export interface BaseInsertion {
  /** The file that it is to stand in. */
  readonly file: string;
  /** The base after whose declaration it comes. */
  readonly after: string;
  readonly base: PreparedBase;
}

/** Finds the place of a new base in a file and makes the edit, or says why a person has to make it. */
export function insertBase(
  files: readonly SourceFile[],
  { file, after, base }: BaseInsertion,
): CodeEdit | AmbiguousEdit {
  const sources = new Sources(files);
  try {
    const source = sources.named(file);
    if (!source)
      throw new Ambiguous(
        sources.unread[0]
          ? `${file} is not read as code: ${sources.unread[0].why}`
          : `the project has no code ${file}`,
      );
    return edit(source, theOnly(source, after), base, sources);
  } catch (error) {
    if (!(error instanceof Ambiguous)) throw error;
    return { ambiguous: error.message, places: error.places };
  }
}

/** @throws Ambiguous unless the file makes one base of that name */
function theOnly(source: Source, name: string): Declared<NewPath | CallPath> {
  const all = basesIn(source);
  const own = all.filter(({ id }) => id === name);
  if (own.length === 1) return own[0]!;
  throw new Ambiguous(
    own.length === 0
      ? `${source.path} has no new Base(…, '${name}', …) with its name written out`
      : `${source.path} makes base ${name} ${own.length} times`,
  );
}

function edit(
  source: Source,
  { path, props }: Declared<NewPath | CallPath>,
  base: PreparedBase,
  sources: Sources,
): CodeEdit {
  const statement = statementOf(path, sources);
  mustRunOnce(path, `base ${base.name}`, sources);
  const names = namesOf(source, path, statement, props?.('host'), base.name);
  const { text, path: file } = source;
  const { end } = linesOf(source, statement);
  if (
    !/^\s*(\n|$)/.test(text.slice(statement.node.end!)) &&
    !/^[ \t]*\/[/*]/.test(text.slice(statement.node.end!))
  )
    throw new Ambiguous(`more code stands behind the declaration (${sources.where(statement)})`);
  const indent = indentAt(text, statement.node.start!);
  const isExported = statement.isExportNamedDeclaration();
  const lines = `${isExported ? 'export ' : ''}${baseCode(base, names)}`.trimEnd().split('\n');
  const style = { semicolon: text[statement.node.end! - 1] === ';', indent };
  const code = lines.map(
    (line, index) =>
      indent + (index === lines.length - 1 && !style.semicolon ? line.replace(/;$/, '') : line),
  );
  const br = lineBreak(text);
  const before = text.slice(0, end);
  const newText = `${before}${before.endsWith('\n') ? '' : br}${code.join(br)}${br}${text.slice(end)}`;
  mustRead(source, newText, names.variable, isExported ? 2 : 1);
  return { file, edits: lineEdits(text, newText), oldText: text, newText, remarks: [] };
}

/** The declaration `const x = …` of a base, exported or not. */
function statementOf(path: NodePath, sources: Sources): NodePath {
  const declarator = path.parentPath;
  const declaration = declarator?.isVariableDeclarator() ? declarator.parentPath : undefined;
  if (declaration?.isVariableDeclaration() && declaration.node.declarations.length === 1) {
    const { parentPath: parent } = declaration;
    if (parent?.isExportNamedDeclaration()) return parent;
    if (parent?.isProgram() || parent?.isBlockStatement()) return declaration;
  }
  throw new Ambiguous(
    `the base is not declared by a "const x = new Base(…)" of its own (${sources.where(path)})`,
    [sources.place(path, 'declare the new base where it can be used')],
  );
}

/** What the code around a base calls its scope, its host and the classes; all of them mean the same one line below. */
function namesOf(
  { text }: Source,
  path: NewPath | CallPath,
  statement: NodePath,
  host: NodePath | undefined,
  name: string,
): CodeNames {
  const written = (node: NodePath): string => text.slice(node.node.start!, node.node.end!);
  const [scope] = path.get('arguments') as NodePath[];
  const hostValue = host?.get('value') as NodePath | undefined;
  if (!scope || !isPlain(scope) || !hostValue || !isPlain(hostValue))
    throw new Ambiguous(
      `the base of line ${path.node.loc!.start.line} does not say its scope and host as plain names`,
    );
  const callee = path.get('callee') as NodePath;
  const base =
    callee.isMemberExpression() && memberName(callee) === 'existing' ? callee.get('object') : callee;
  const volume = volumeName(path, written);
  const variable = [variableName(name), `${variableName(name)}Base`].find(
    (candidate) => !statement.scope.hasBinding(candidate) && !isTaken(statement, candidate),
  );
  if (variable === undefined || volume === undefined)
    throw new Ambiguous(
      variable === undefined
        ? `there are variables ${variableName(name)} and ${variableName(name)}Base already`
        : `the base of line ${path.node.loc!.start.line} names no Volume that its successor could be written with`,
    );
  return {
    variable,
    scope: written(scope),
    host: written(hostValue),
    base: written(base as NodePath),
    volume,
  };
}

/** Whether code inside of the scope uses a name that comes from outside of it, or declares it itself. */
function isTaken(statement: NodePath, name: string): boolean {
  let taken = false;
  statement.scope.path.traverse({
    Identifier(path) {
      if (path.node.name === name && path.isReferencedIdentifier()) taken = true;
    },
  });
  return taken;
}

/** What `Volume` is called where a base names it. */
function volumeName(path: NodePath, written: (node: NodePath) => string): string | undefined {
  let found: string | undefined;
  path.traverse({
    MemberExpression(member) {
      const object = member.get('object') as NodePath;
      if (regraftName(object) === 'Volume') found ??= written(object);
    },
  });
  return found;
}

/** A name, `this`, or a member of one: to read it a second time does nothing. */
function isPlain(path: NodePath): boolean {
  if (path.isIdentifier() || path.isThisExpression()) return true;
  return path.isMemberExpression() && !path.node.computed && isPlain(path.get('object') as NodePath);
}

/** @throws Ambiguous when the edited text has not exactly so many statements more; an export is one beside its declaration */
function mustRead(source: Source, newText: string, variable: string, more: 1 | 2): void {
  let found: number | undefined;
  try {
    found = countStatements(parsedProgram({ path: source.path, text: newText }));
  } catch {
    found = undefined;
  }
  if (found !== countStatements(source.program) + more)
    throw new Ambiguous(`with a declaration of ${variable}, the code would read otherwise`);
}
