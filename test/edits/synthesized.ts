import { transformSync } from '@swc/core';
import ts from 'typescript';
import { resolve } from 'node:path';
import type { App } from 'cdktf';
import * as cdktf from 'cdktf';
import * as constructs from 'constructs';
import * as regraft from 'regraft';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs a program of several files, its `main.ts` first, and returns the one stack that it synthesizes. */
export function synthesizedBy(files: Readonly<Record<string, string>>): string {
  const outdir = mkdtempSync(join(tmpdir(), 'regraft-edit-'));
  class Here extends cdktf.App {
    constructor() {
      super({ outdir, stackTraces: false });
    }
  }
  const modules = new Map<string, object>();
  const given: Record<string, object> = { cdktf: { ...cdktf, App: Here as typeof App }, constructs, regraft };
  const load = (path: string): object => {
    const known = modules.get(path);
    if (known) return known;
    const module = { exports: {} as object };
    modules.set(path, module.exports);
    const { code } = transformSync(files[path]!, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const require = (name: string): object => given[name] ?? load(`${name.replace(/^\.\//, '')}.ts`);
    new Function('require', 'module', 'exports', code)(require, module, module.exports);
    return module.exports;
  };
  try {
    load('main.ts');
    const { stacks } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as {
      stacks: Record<string, { synthesizedStackPath: string }>;
    };
    return readFileSync(join(outdir, Object.values(stacks)[0]!.synthesizedStackPath), 'utf8');
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** What TypeScript says of programs, with `noUnusedLocals` and all that is strict. */
export function complaints(programs: readonly Readonly<Record<string, string>>[]): string[] {
  const root = resolve(__dirname, '../..');
  const texts = new Map(
    programs.flatMap((files, index) =>
      Object.entries(files).map(
        ([path, text]) => [join(root, 'test', `edited-${index}`, path), text] as const,
      ),
    ),
  );
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.directoryExists = (path) =>
    [...texts.keys()].some((text) => text.startsWith(`${path}/`)) || ts.sys.directoryExists(path);
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path);
    return text === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}
