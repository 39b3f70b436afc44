import { posix } from 'node:path';

/**
 * The path that a backing file string means, normalized: QEMU takes a plain path, `file:PATH`, `host_device:PATH`, or
 * `json:{…}`; whatever else begins with a protocol is returned as it is, as it is not a file of the host.
 *
 * `undefined` when a `json:` cannot be read, or names several files.
 */
export function backingPath(written: string): string | undefined {
  if (written.startsWith('json:')) return fileInJson(written.slice('json:'.length));
  const [, path = written] = /^(?:file|host_device|host_cdrom):(.*)$/s.exec(written) ?? [];
  const plain = path.replace(/^\/\/\/?(?=[^/])/, '/');
  return isNetworkPath(plain) ? plain : posix.normalize(plain);
}

/** Whether a path is none of the host's: QEMU takes what stands before a colon as a protocol unless a slash comes first. */
export function isNetworkPath(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(path);
}

function fileInJson(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found = namedFiles(parsed);
  if (found.length === 0) return `json:${text}`;
  return found.length === 1 ? backingPath(found[0]!) : undefined;
}

/** Every file that QEMU's block options name, nested or with dots in their keys. */
function namedFiles(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return [];
  return Object.entries(options).flatMap(([key, value]) =>
    typeof value === 'string' && /(?:^|\.)filename$/.test(key) ? [value] : namedFiles(value),
  );
}
