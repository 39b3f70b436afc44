import { z } from 'zod';
import { outputValue } from '../model/manifest';
import type { ResourceChange } from '../model/resource-change';
import { opened } from './composed';
import { ReviewError } from './review-error';

/** The major version of Terraform's plan JSON that is understood. */
export const FORMAT_MAJOR = 1;

const anything = z.unknown().optional();
const change = z.object({
  actions: z.array(z.string()),
  before: anything,
  after: anything,
  after_unknown: anything,
  before_sensitive: anything,
  after_sensitive: anything,
  importing: anything,
});
const resourceChange = z.object({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.string().default('managed'),
  type: z.string(),
  deposed: z.string().optional(),
  change,
});

interface StateModule {
  resources?:
    | {
        address: string;
        mode?: string | undefined;
        type?: string | undefined;
        deposed_key?: string | undefined;
        values?: unknown;
      }[]
    | undefined;
  child_modules?: StateModule[] | undefined;
}
const stateModule: z.ZodType<StateModule> = z.lazy(() =>
  z.object({
    resources: z
      .array(
        z.object({
          address: z.string(),
          mode: z.string().optional(),
          type: z.string().optional(),
          deposed_key: z.string().optional(),
          values: anything,
        }),
      )
      .optional(),
    child_modules: z.array(stateModule).optional(),
  }),
);
const stateValues = z.object({
  outputs: z.record(z.string(), z.object({ value: anything })).optional(),
  root_module: stateModule.optional(),
});

/** What is read of a plan; everything else in it is ignored, so that a newer Terraform may add to it. */
const planJson = z.object({
  terraform_version: z.string().optional(),
  timestamp: z.string().optional(),
  complete: z.boolean().optional(),
  errored: z.boolean().optional(),
  planned_values: stateValues.optional(),
  prior_state: z.object({ values: stateValues.optional() }).optional(),
  resource_changes: z.array(resourceChange).optional(),
  resource_drift: z.array(resourceChange).optional(),
  deferred_changes: z.array(anything).optional(),
  output_changes: z.record(z.string(), change).optional(),
  checks: z
    .array(z.object({ address: z.object({ to_display: z.string() }).optional(), status: z.string() }))
    .optional(),
  configuration: z
    .object({
      root_module: z
        .object({ resources: z.array(z.object({ address: z.string(), expressions: anything })).optional() })
        .optional(),
    })
    .optional(),
});

export type { ResourceChange };

/** What a plan does to one output. */
export type OutputChange = Omit<
  ResourceChange,
  'address' | 'previousAddress' | 'deposed' | 'type' | 'importing'
>;

/** A plan of Terraform or OpenTofu, as far as it is judged. */
export interface Plan {
  readonly formatVersion: string;
  /** Whether this version of regraft understands the format; when it does not, nothing else was read. */
  readonly understood: boolean;
  readonly terraformVersion?: string;
  readonly timestamp?: string;
  /** Whether applying it reaches what the code says; unknown before Terraform 1.8 and in OpenTofu. */
  readonly complete?: boolean;
  readonly errored: boolean;
  /** How many changes were put off to a later plan. */
  readonly deferred: number;
  readonly failedChecks: readonly string[];
  /** The changes of managed resources; of regraft's own provider, those of the machines and volumes in them. */
  readonly changes: readonly ResourceChange[];
  /** What has changed on the host since the last run. */
  readonly drift: readonly ResourceChange[];
  readonly outputs: Readonly<Record<string, OutputChange>>;
  readonly plannedOutputs: Readonly<Record<string, unknown>>;
  readonly priorOutputs: Readonly<Record<string, unknown>>;
  /** The objects in the state, deposed ones left out, by address. */
  readonly prior: ReadonlyMap<string, unknown>;
  /** The resources of regraft's own provider that change in nothing that stands on a host, by their own addresses. */
  readonly inStateOnly: readonly string[];
  /** The expressions of each resource block of the root module. */
  readonly expressions: ReadonlyMap<string, unknown>;
}

/**
 * Reads the output of `terraform show -json PLAN`.
 *
 * @throws ReviewError when the text is something else
 */
export function parsePlan(text: string): Plan {
  const json = parseJson(text);
  const formatVersion = formatVersionOf(json);
  if (Number(formatVersion.split('.')[0]) !== FORMAT_MAJOR)
    return { ...NOTHING, formatVersion, understood: false };
  const parsed = planJson.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ReviewError(
      'not-a-plan',
      `not a plan of Terraform: at ${path.join('.') || 'its top'} ${oneLine(message)}; expected the output of: terraform show -json PLANFILE`,
    );
  }
  const plan = parsed.data;
  if (!plan.planned_values && !plan.resource_changes) {
    throw new ReviewError(
      'not-a-plan',
      'a state or another JSON of Terraform, not a plan: expected the output of: terraform show -json PLANFILE',
    );
  }
  const state = resourcesOf(plan.prior_state?.values?.root_module);
  const whole: Plan = {
    formatVersion,
    understood: true,
    ...(plan.terraform_version === undefined ? {} : { terraformVersion: plan.terraform_version }),
    ...(plan.timestamp === undefined ? {} : { timestamp: plan.timestamp }),
    ...(plan.complete === undefined ? {} : { complete: plan.complete }),
    errored: plan.errored ?? false,
    deferred: plan.deferred_changes?.length ?? 0,
    failedChecks: (plan.checks ?? [])
      .filter(({ status }) => status === 'fail' || status === 'error')
      .map(({ address }) => address?.to_display ?? 'a check'),
    changes: managed(plan.resource_changes),
    drift: managed(plan.resource_drift),
    outputs: Object.fromEntries(
      Object.entries(plan.output_changes ?? {}).map(([name, output]) => [name, outputChange(name, output)]),
    ),
    plannedOutputs: outputValues(plan.planned_values),
    priorOutputs: outputValues(plan.prior_state?.values),
    prior: new Map(state.map(({ address, values }) => [address, values])),
    inStateOnly: [],
    expressions: new Map(
      (plan.configuration?.root_module?.resources ?? []).map(({ address, expressions }) => [
        address,
        expressions,
      ]),
    ),
  };
  return opened(whole, new Map(state.map(({ address, type }) => [address, type])));
}

const NOTHING: Omit<Plan, 'formatVersion' | 'understood'> = {
  errored: false,
  deferred: 0,
  failedChecks: [],
  changes: [],
  drift: [],
  outputs: {},
  plannedOutputs: {},
  priorOutputs: {},
  prior: new Map(),
  inStateOnly: [],
  expressions: new Map(),
};

function parseJson(text: string): unknown {
  if (text.trim() === '')
    throw new ReviewError('empty', 'empty, expected the output of: terraform show -json PLANFILE');
  if (text.startsWith('PK')) {
    throw new ReviewError(
      'not-json',
      "Terraform's binary plan file, expected its JSON: run terraform show -json PLANFILE",
    );
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The engine quotes the text in its message; it may hold secrets, and it may be long.
    const cut = /end of JSON|Unterminated|after JSON|Expected .* after/.test((error as Error).message);
    throw new ReviewError(
      'not-json',
      /^\{"@level"/.test(text)
        ? 'the log of terraform plan -json, not a plan: run terraform plan -out=PLANFILE, then terraform show -json PLANFILE'
        : `not JSON${cut ? ', it seems to be cut off or joined of several' : ''} (${text.length} characters): expected the output of: terraform show -json PLANFILE`,
    );
  }
}

function formatVersionOf(json: unknown): string {
  const version =
    typeof json === 'object' && json !== null
      ? (json as { format_version?: unknown }).format_version
      : undefined;
  if (typeof version === 'string' && /^\d+(\.\d+)*$/.test(version)) return version;
  throw new ReviewError(
    'not-a-plan',
    'JSON of another tool (it has no format_version), expected the output of: terraform show -json PLANFILE',
  );
}

function managed(changes: z.infer<typeof resourceChange>[] | undefined): ResourceChange[] {
  return (changes ?? [])
    .filter(({ mode }) => mode === 'managed')
    .map(({ address, previous_address: previousAddress, deposed, type, change: detail }) => ({
      address,
      ...(previousAddress === undefined ? {} : { previousAddress }),
      ...(deposed === undefined ? {} : { deposed }),
      type,
      ...changeOf(detail),
      importing: detail.importing !== undefined && detail.importing !== null,
    }));
}

function changeOf(detail: z.infer<typeof change>): OutputChange {
  return {
    actions: detail.actions,
    before: detail.before,
    after: detail.after,
    afterUnknown: detail.after_unknown,
    beforeSensitive: detail.before_sensitive,
    afterSensitive: detail.after_sensitive,
  };
}

function outputChange(name: string, detail: z.infer<typeof change>): OutputChange {
  const { before, after, ...more } = changeOf(detail);
  return { ...more, before: outputValue(name, before), after: outputValue(name, after) };
}

function outputValues(values: z.infer<typeof stateValues> | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values?.outputs ?? {}).map(([name, { value }]) => [name, outputValue(name, value)]),
  );
}

interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly values: unknown;
}

function resourcesOf(module: StateModule | undefined): StateResource[] {
  if (!module) return [];
  const own = (module.resources ?? [])
    .filter(({ mode = 'managed', deposed_key: deposed }) => mode === 'managed' && deposed === undefined)
    .map(({ address, type = '', values }) => ({ address, type, values }));
  return [...own, ...(module.child_modules ?? []).flatMap(resourcesOf)];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
