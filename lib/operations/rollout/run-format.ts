import { z } from 'zod';
import type { RunRecord } from '../../model/run-record';
import { CLONE_PHASES, RUN_STATES } from '../../model/run-record';
import { UserError } from '../../model/user-error';

const text = z.string();
const phase = z.enum(CLONE_PHASES);
/** The shape of a record as it stands on disk; `run.schema.json` is made of it. */
export const runJson = z.object({
  version: z.literal(1),
  id: text,
  stack: text,
  verb: z.enum(['apply', 'restore']),
  state: z.enum(RUN_STATES),
  by: text,
  startedAt: text,
  endedAt: text.optional(),
  continuedAt: z.array(text),
  planSha256: text,
  bundleSha256: text,
  proof: z.enum(['digest', 'metadata', 'none']),
  waves: z.array(
    z.object({
      clones: z.array(text),
      state: z.enum(['waiting', 'running', 'done', 'failed']),
      startedAt: text.optional(),
      endedAt: text.optional(),
    }),
  ),
  clones: z.record(
    text,
    z.object({
      pool: text,
      clone: text,
      host: text,
      phase,
      phases: z.array(z.object({ phase, at: text })),
      ran: z.boolean().optional(),
      cutOff: z.boolean().optional(),
      why: text.optional(),
      consoleMark: z.number().optional(),
      console: z.array(text).optional(),
      data: z.record(text, z.object({ file: text, before: text.optional(), after: text.optional() })),
    }),
  ),
  replace: z.array(text),
  problem: text.optional(),
});

/**
 * Reads the record of a run.
 *
 * @throws UserError when it is none, or of another version
 */
export function parseRun(file: string, content: string): RunRecord {
  const parsed = runJson.safeParse(jsonOf(content));
  if (parsed.success) return parsed.data as RunRecord;
  const version = (jsonOf(content) as { version?: unknown } | undefined)?.version;
  throw new UserError(
    typeof version === 'number' && version !== 1
      ? `${file} is of version ${version}, expected 1: use the regraft that made it`
      : `${file} is not the record of a run, or it is damaged: see what regraft status says of the machines, then move its folder away`,
  );
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
