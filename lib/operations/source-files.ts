import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { SourceFile } from '../edits/code-edit';
import type { Context } from './context';

/** The most files that are read of a project. */
export const MAX_FILES = 2000;

/** The largest file that is read, in bytes. */
export const MAX_BYTES = 2 ** 20;

const CODE = /(?<!\.d)\.(?:ts|tsx|mts|js|mjs)$/;
const NOT_ITS_OWN = new Set(['node_modules', 'cdktf.out', 'dist']);

/**
 * The project's own code: what is made, installed or hidden is left out, and symbolic links are not followed.
 *
 * @param output The folder of the synthesized stacks
 */
export async function sourceFiles(
  { folder, notice }: Pick<Context, 'folder' | 'notice'>,
  output: string,
): Promise<SourceFile[]> {
  const paths = await codeBelow(folder, output);
  if (paths.length > MAX_FILES)
    notice(`${folder} has more than ${MAX_FILES} files of code: only the first ones by name are searched`);
  const files: SourceFile[] = [];
  for (const path of paths.slice(0, MAX_FILES)) {
    const name = relative(folder, path).split(sep).join('/');
    const text = await codeText(path);
    if (typeof text === 'string') files.push({ path: name, text });
    else notice(`${name} is not searched: ${text.why}`);
  }
  return files;
}

/**
 * Reads a text so that writing it back gives the same bytes.
 *
 * @throws Error when it cannot be read, or is not UTF-8
 */
export async function exactText(path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
}

async function codeBelow(folder: string, output: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (let next = folders.shift(); next !== undefined && found.length <= MAX_FILES; next = folders.shift()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(next, entry.name);
      if (entry.name.startsWith('.') || path === output) continue;
      if (entry.isDirectory() && !NOT_ITS_OWN.has(entry.name)) folders.push(path);
      else if (entry.isFile() && CODE.test(entry.name)) found.push(path);
    }
  }
  return found;
}

async function codeText(path: string): Promise<string | { readonly why: string }> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) return { why: `it has ${size} bytes, more than ${MAX_BYTES}` };
    return await exactText(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { why: code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8' : message };
  }
}
