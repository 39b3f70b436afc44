import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OWN_FOLDER } from './rollout/run';

const content = z.object({
  version: z.literal(1),
  stacks: z.record(z.string(), z.record(z.string(), z.object({ file: z.string(), sha256: z.string() }))),
});

/** The SHA-256 that was recorded of each base volume of a stack's host, by its file name. */
export async function recordedDigests(
  project: string,
  stack: string,
  host: string,
): Promise<Map<string, string>> {
  const text = await readFile(join(project, OWN_FOLDER, 'bases.json'), 'utf8').catch(() => '{}');
  const parsed = content.safeParse(jsonOf(text));
  const records = Object.entries(parsed.success ? (parsed.data.stacks[stack] ?? {}) : {});
  return new Map(
    records.flatMap(([key, { file, sha256 }]): [string, string][] =>
      key.startsWith(`${host}/`) ? [[file, sha256]] : [],
    ),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
