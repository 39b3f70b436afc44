import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../model/user-error';
import type { Bundle } from './bundle';
import { BUNDLE_FILE, readBundle } from './bundle';
import type { Context } from './context';

/**
 * Reads saved bundles, or all bundles in a folder as `regraft plan --out` writes them.
 *
 * @throws UserError when one is no bundle, not complete, or changed since it was made
 */
export async function show(paths: readonly string[], { folder }: Pick<Context, 'folder'>): Promise<Bundle[]> {
  const folders = await Promise.all(paths.map((path) => bundleFolders(resolve(folder, path))));
  return Promise.all(folders.flat().map(readBundle));
}

async function bundleFolders(path: string): Promise<string[]> {
  if (await isBundle(path)) return [path];
  const names = await readdir(path).catch(() => {
    throw new UserError(`there is no bundle ${path}: make one with regraft plan --out`);
  });
  const found: string[] = [];
  for (const name of names.sort()) if (await isBundle(join(path, name))) found.push(join(path, name));
  // None: let the path itself be read, for the error message.
  return found.length === 0 ? [path] : found;
}

async function isBundle(path: string): Promise<boolean> {
  return stat(join(path, BUNDLE_FILE)).then(
    () => true,
    () => false,
  );
}
