import { z } from 'zod';
import { jsonOf } from '../../model/json';
import type { RunRecord } from '../../model/run-record';
import { CLONE_PHASES, RUN_STATES } from '../../model/run-record';
import { UserError } from '../../model/user-error';

const text = z.string();
const phase = z.enum(CLONE_PHASES);
const runJson = z.object({
  version: z.literal(1),
  id: text,
  stack: text,
  verb: z.enum(['apply', 'restore']),
  state: z.enum(RUN_STATES),
  by: text.meta({ description: 'The user, and the machine that regraft ran on.' }),
  startedAt: text,
  endedAt: text.optional(),
  continuedAt: z.array(text).meta({ description: 'When it was gone on with after it had stopped.' }),
  planSha256: text.meta({ description: "The SHA-256 of Terraform's approved plan file." }),
  bundleSha256: text.meta({ description: 'The SHA-256 of the bundle that it is in.' }),
  proof: z.enum(['digest', 'metadata', 'none']),
  waves: z.array(
    z.object({
      clones: z.array(text).meta({ description: '`POOL/CLONE` each; empty for what touches no machine.' }),
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
      ran: z.boolean().optional().meta({ description: 'Whether its machine ran before the run.' }),
      cutOff: z.boolean().optional().meta({ description: 'Whether its power was cut.' }),
      why: text.optional(),
      consoleMark: z
        .number()
        .optional()
        .meta({ description: "Where its console's log ended before it was started, in bytes." }),
      console: z.array(text).optional(),
      data: z.record(text, z.object({ file: text, before: text.optional(), after: text.optional() })),
    }),
  ),
  replace: z
    .array(text)
    .meta({ description: 'Addresses that were made anew because a restore asked for it.' }),
  grown: z
    .record(text, z.object({ file: text, before: z.number(), after: z.number(), at: text.optional() }))
    .optional()
    .meta({ description: 'Data volumes that were made larger, by POOL/CLONE/VOLUME; sizes in bytes.' }),
  problem: text.optional().meta({ description: 'Why it stopped.' }),
});

/** What `run.schema.json` in the package says of a record. */
export function runSchema(): object {
  const described = runJson.meta({
    title: 'Record of a run by regraft, version 1',
    description: 'Who moved which machines, when, by which plan, and what came of each. Times are ISO 8601.',
  });
  return z.toJSONSchema(described, { target: 'draft-7', io: 'input' });
}

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
