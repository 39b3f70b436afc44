import { z } from 'zod';
import { PROVIDER_GENERATIONS } from '../model/host';
import type { Manifest } from '../model/manifest';
import { MANIFEST_OUTPUT } from '../model/manifest';
import { VOLUME_TYPES } from '../model/volume-type';
import type { Plan } from './plan-json';
import { ReviewError } from './review-error';

/** The manifests of a plan. */
export interface Manifests {
  /** Left out when the stack had none, as before its first run. */
  readonly before?: Manifest;
  readonly after: Manifest;
  /** Whether the plan itself says what the manifest becomes; a plan with -target may leave it out. */
  readonly planned: boolean;
}

const text = z.string();
const type = z.enum(VOLUME_TYPES);
const owner = { host: text, pool: text, clone: text };
const role = z.discriminatedUnion('role', [
  z.object({ role: z.literal('base'), host: text, base: text, volume: text, type, retired: z.boolean() }),
  z.object({
    role: z.enum(['overlay', 'retained']),
    ...owner,
    volume: text,
    type: z.enum(['system', 'temporary']),
    base: text,
  }),
  z.object({
    role: z.enum(['data', 'archived']),
    ...owner,
    volume: text,
    type: z.literal('data'),
    size: z.number().optional(),
    format: z.literal('raw').optional(),
    file: text.optional(),
    from: z.array(text).optional(),
  }),
  z.object({ role: z.enum(['domain', 'trigger', 'cloud-init']), ...owner }),
  z.object({ role: z.literal('storage'), host: text }),
]);
const clone = z.object({
  base: text,
  retainedBase: text.optional(),
  uuid: text,
  macs: z.array(text),
  adopted: z.literal(true).optional(),
  domain: text,
  volumes: z.record(text, z.object({ type, target: text, address: text })),
});
const wave = z.union([z.number(), z.templateLiteral([z.number(), '%'])]);
const rebase = z.object({
  version: z.literal(1),
  pool: text,
  from: text,
  to: text,
  retain: z.boolean(),
  waves: z.array(wave).optional(),
  clones: z.array(
    z.object({
      clone: text,
      rebased: z.boolean(),
      volumes: z.array(
        z.object({ volume: text, type, fate: z.enum(['replaced', 'reset', 'kept']), why: text }),
      ),
    }),
  ),
});
const tries = { timeout: z.number(), interval: z.number(), retries: z.number() };
const healthCheck = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['running', 'guest-agent']), ...tries }),
  z.object({ kind: z.literal('tcp'), port: z.number(), ...tries }),
  z.object({ kind: z.literal('console'), pattern: text, flags: text, ...tries }),
  z.object({ kind: z.literal('command'), command: z.array(text), ...tries }),
]);
const manifest = z.object({
  version: z.literal(1),
  hosts: z.record(
    text,
    z.object({ uri: text.optional(), provider: z.enum(PROVIDER_GENERATIONS), storage: text, path: text }),
  ),
  bases: z.record(
    text,
    z.object({
      host: text,
      retired: z.boolean(),
      volumes: z.record(
        text,
        z.object({
          type,
          file: text.optional(),
          sha256: text.optional(),
          format: z.literal('raw').optional(),
        }),
      ),
    }),
  ),
  pools: z.record(
    text,
    z.object({
      host: text,
      base: text,
      clones: z.record(text, clone),
      retired: z.array(text),
      health: z.array(healthCheck).optional(),
      consoleLogs: text.optional(),
    }),
  ),
  rebases: z.array(rebase),
  addresses: z.record(text, role),
});

/**
 * The manifests before and after, out of the plan's outputs.
 *
 * @throws ReviewError when the plan is of a stack without regraft, or removes it
 */
export function manifestsOf(plan: Plan): Manifests {
  const change = plan.outputs[MANIFEST_OUTPUT];
  if (change?.afterUnknown === true) {
    throw new ReviewError(
      'manifest-unknown',
      `the output ${MANIFEST_OUTPUT} is only known after apply: it must hold nothing but what the code says`,
    );
  }
  const before = change ? change.before : plan.priorOutputs[MANIFEST_OUTPUT];
  // A plan with -target leaves out the outputs: the manifest stays as it is, and the judge says what is missing.
  const after = change ? change.after : (plan.plannedOutputs[MANIFEST_OUTPUT] ?? before);
  if (isNothing(after)) {
    if (isNothing(before)) {
      throw new ReviewError(
        'no-manifest',
        `a plan of a stack without regraft: it has no output ${MANIFEST_OUTPUT}; expected a stack with a LibvirtHost`,
      );
    }
    throw new ReviewError(
      'manifest-removed',
      `the plan removes regraft from the stack (its output ${MANIFEST_OUTPUT}), so there is nothing to judge it by: keep the LibvirtHost, retire what should go`,
    );
  }
  return {
    ...(isNothing(before) ? {} : { before: parseManifest(before, 'before the plan') }),
    after: parseManifest(after, 'after the plan'),
    planned: change !== undefined || !isNothing(plan.plannedOutputs[MANIFEST_OUTPUT]),
  };
}

/**
 * Reads a manifest; `when` says where it stands relative to the plan, for the message.
 *
 * @throws ReviewError when it is none, or of another version
 */
export function parseManifest(value: unknown, when: string): Manifest {
  const version = (value as { version?: unknown }).version;
  if (typeof version === 'number' && version !== 1) {
    throw new ReviewError(
      'manifest-invalid',
      `the manifest ${when} has version ${version}, expected 1: use a newer regraft`,
    );
  }
  const parsed = manifest.safeParse(value);
  if (parsed.success) return parsed.data as Manifest;
  const { path, message } = parsed.error.issues[0]!;
  throw new ReviewError(
    'manifest-invalid',
    `the manifest ${when} is not one of regraft's: at ${path.join('.') || 'its top'} ${message}; synthesize and plan again`,
  );
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
