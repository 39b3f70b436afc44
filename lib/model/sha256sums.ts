/**
 * The SHA-256 of a file in the text of a sums file, as `sha256sum` (with `*` for binary, or a path before the name) and
 * BSD's `sha256` write it; `undefined` when the file is not in it, or with two digests.
 */
export function digestIn(sums: string, file: string): string | undefined {
  const found = new Set(
    sums.split('\n').flatMap((line) => {
      const [, hex, name] = /^\\?([0-9a-fA-F]{64})(?:\s+|\s\*)\*?(\S.*?)\s*$/.exec(line) ?? [];
      const [, bsdName, bsdHex] = /^SHA256 ?\((.+)\) ?= ?([0-9a-fA-F]{64})\s*$/.exec(line) ?? [];
      const [digest, path] = [hex ?? bsdHex, name ?? bsdName];
      return digest !== undefined && path?.split('/').at(-1) === file ? [digest.toLowerCase()] : [];
    }),
  );
  return found.size === 1 ? [...found][0] : undefined;
}
