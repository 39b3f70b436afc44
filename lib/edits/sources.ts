import { posix } from 'node:path';
import type { ParserPlugin } from '@babel/parser';
import { parse } from '@babel/parser';
import type { Node, NodePath } from '@babel/traverse';
import traverse from '@babel/traverse';
import type { Place, SourceFile, UnreadFile } from './code-edit';

/** A program's root, as Babel gives it. */
export type Program = Extract<Node, { type: 'Program' }>;

/** A file that was read as code. */
export interface Source extends SourceFile {
  readonly program: NodePath<Program>;
}

/** The user's files; each is parsed when something in it matters. */
export class Sources {
  /** The files that mattered and could not be parsed. */
  readonly unread: UnreadFile[] = [];
  private readonly files: ReadonlyMap<string, SourceFile>;
  private readonly parsed = new Map<string, Source | undefined>();
  private readonly byProgram = new Map<Node, Source>();

  constructor(files: readonly SourceFile[]) {
    this.files = new Map(files.map((file) => [file.path, file]));
  }

  /** The files whose text has a word in it. */
  mentioning(...words: readonly string[]): Source[] {
    return [...this.files.values()]
      .filter(({ text }) => words.some((word) => text.includes(word)))
      .flatMap(({ path }) => this.source(path) ?? []);
  }

  /** The file of a path. */
  named(path: string): Source | undefined {
    return this.files.has(path) ? this.source(path) : undefined;
  }

  /** The file that a node stands in. */
  of(path: NodePath): Source {
    return this.byProgram.get(path.scope.getProgramParent().path.node)!;
  }

  /** The file that an import of another one names, if it is one of the project. */
  imported(from: Source, specifier: string): Source | undefined {
    if (!specifier.startsWith('.')) return undefined;
    const stem = posix.join(posix.dirname(from.path), specifier);
    const bare = stem.replace(/\.m?jsx?$/, '');
    const candidates = [stem, bare, `${bare}/index`].flatMap((path) => [
      path,
      ...['.ts', '.tsx', '.mts', '.js', '.mjs'].map((extension) => path + extension),
    ]);
    const found = candidates.find((path) => this.files.has(path));
    return found === undefined ? undefined : this.source(found);
  }

  /** A node as a place to look at. */
  place(path: NodePath, todo: string): Place {
    const { path: file, text } = this.of(path);
    const line = path.node.loc!.start.line;
    return { file, line, text: text.split(/\r?\n/)[line - 1]!.trim(), todo };
  }

  /** Where a node stands, as `FILE:LINE`. */
  where(path: NodePath): string {
    return `${this.of(path).path}:${path.node.loc!.start.line}`;
  }

  private source(path: string): Source | undefined {
    if (!this.parsed.has(path)) this.parsed.set(path, this.read(this.files.get(path)!));
    return this.parsed.get(path);
  }

  private read(file: SourceFile): Source | undefined {
    try {
      const source = { ...file, program: parsedProgram(file) };
      this.byProgram.set(source.program.node, source);
      return source;
    } catch (error) {
      this.unread.push({ file: file.path, why: (error as Error).message.split('\n')[0]! });
      return undefined;
    }
  }
}

/**
 * Parses a file, by what its name says it is.
 *
 * @throws Error when it is not code, with the parser's words
 */
export function parsedProgram({ path, text }: SourceFile): NodePath<Program> {
  const language: ParserPlugin[] = /\.m?ts$/.test(path)
    ? ['typescript']
    : path.endsWith('.tsx')
      ? ['typescript', 'jsx']
      : ['jsx'];
  const ast = parse(text, {
    sourceType: 'unambiguous',
    plugins: [...language, 'decorators', 'decoratorAutoAccessors', 'explicitResourceManagement'],
  });
  let program: NodePath<Program> | undefined;
  traverse(ast, {
    Program(found) {
      program = found;
      found.stop();
    },
  });
  return program!;
}
