import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..', '..');

/** What the compiler says of files, with the project's own options. */
function diagnosticsOf(files: readonly string[], edit: (text: string) => string = (text) => text): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  host.readFile = (path) => {
    const text = read(path);
    return text !== undefined && files.includes(path) ? edit(text) : text;
  };
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    files.includes(path)
      ? ts.createSourceFile(path, host.readFile(path)!, rest[0])
      : getSourceFile(path, ...rest);
  const program = ts.createProgram({ rootNames: files, options, host });
  return files.flatMap((path) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      (found) => {
        const { line } = file.getLineAndCharacterOfPosition(found.start!);
        return `${line + 1}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ').slice(0, 200)}`;
      },
    );
  });
}

const outlines = join(__dirname, 'outlines.ts');

it('a rebase onto another outline does not compile, one onto the same does; volumes and sizes are typed', () => {
  expect(diagnosticsOf([outlines])).toEqual([]);
}, 60_000);

it('each line that must not compile is one that the compiler refuses, and nothing else is refused', () => {
  const marks = (ts.sys.readFile(outlines)!.match(/@ts-expect-error/g) ?? []).length;
  const found = diagnosticsOf([outlines], (text) => text.replaceAll('@ts-expect-error', 'expected:'));
  expect(found).toHaveLength(marks);
}, 60_000);
