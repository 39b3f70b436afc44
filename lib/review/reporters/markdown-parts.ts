import { namesText, plain } from './phrases';

/** The bytes that a report never exceeds: GitHub takes 65,536 characters for a comment, and wants some for itself. */
export const MARKDOWN_LIMIT = 60_000;

/** A part of a comment that is left out as a whole where there is no room for it. */
export interface Section {
  readonly name: string;
  readonly text: string;
}

/** The head, and as many sections after it as a comment has room for; what is left out is said. */
export function fitted(head: readonly string[], sections: readonly Section[]): string {
  const kept = [...head];
  const dropped: string[] = [];
  // Room for the note that says what is left out.
  let room = MARKDOWN_LIMIT - 300 - bytes(kept.join('\n\n'));
  for (const { name, text } of sections) {
    const size = bytes(text) + 2;
    if (size <= room) kept.push(text);
    else dropped.push(name);
    room -= size <= room ? size : 0;
  }
  if (dropped.length > 0)
    kept.push(
      `_Left out, since a comment has no room for it: ${code(namesText(dropped), 150)}. The other formats have it._`,
    );
  return `${kept.join('\n\n')}\n`;
}

/** A folded section. */
export function details(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

/** A value as a code span that nothing in it can end or break out of; a bar would end the table's cell. */
export function code(text: string, limit = 400): string {
  const safe = plain(text).replace(/`/g, "'").replace(/\|/g, '¦').trim();
  const short = safe.length > limit ? `${safe.slice(0, limit)}…` : safe;
  return short === '' ? '-' : `\`${short}\``;
}

/** The bytes of a text. */
export function bytes(text: string): number {
  return Buffer.byteLength(text);
}
