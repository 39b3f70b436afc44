import type { ProviderGeneration } from '../../lib';
import { ownChanges } from './own-provider';
import type { Generation, PlanJson } from './recorded';

/** A stack as cdktf writes it, as loosely typed as JSON is. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/**
 * Makes the plan that Terraform would make of two synthesized stacks, in the shape of `terraform show -json`.
 *
 * As much of Terraform as the stacks of regraft need. The recorded plans keep it honest: see plan-maker.test.ts.
 */
export function makePlan(before: Json | undefined, after: Json, generation: ProviderGeneration): PlanJson {
  if (generation === 'regraft') {
    const { changes, prior } = ownChanges(before, after);
    return planOf({ before, after }, changes, prior);
  }
  const old = before === undefined ? new Map<string, Instance>() : instancesOf(before, '20260101000000');
  const now = instancesOf(after, '20260202000000');
  const moves = new Map<string, string>((after.moved ?? []).map(({ from, to }: Json) => [to, from]));
  // Moves stand in a row: what is at the beginning of one ends where the last leads.
  const origin = (to: string): string | undefined => {
    const from = moves.get(to);
    return from === undefined || old.has(from) ? from : origin(from);
  };
  const sources = new Map(
    [...moves.keys()]
      .filter((to) => now.has(to) && !old.has(to) && origin(to) !== undefined)
      .map((to) => [to, origin(to)!]),
  );
  const moved = new Set(sources.values());
  // What stays keeps its values, above all the time in its name.
  const values = new Map<string, Json>();
  for (const address of old.keys()) values.set(address, stateOf(old, address));
  const kept = (address: string): Json | undefined => values.get(sources.get(address) ?? address);
  const planned = (address: string): Json | undefined => {
    const was = kept(address);
    if (was !== undefined && address.startsWith('libvirt_volume')) return was;
    const instance = now.get(address);
    return instance && resolve(instance.config, planned);
  };
  const changes: Json[] = [];
  for (const [address, instance] of [...now].sort()) {
    const was = kept(address);
    const fresh = resolve(instance.config, planned);
    const previous = sources.get(address);
    changes.push({
      address,
      ...(previous === undefined ? {} : { previous_address: previous }),
      mode: 'managed',
      type: instance.type,
      change: changeOf(instance, was, fresh, generation),
    });
  }
  // Machines come before what replaces them in the order of addresses: looked at again at the end.
  if (generation === '0.8') for (const change of changes) replaceTriggered(change, changes);
  for (const [address, { type }] of old) {
    if (now.has(address) || moved.has(address)) continue;
    changes.push({
      address,
      mode: 'managed',
      type,
      change: { actions: ['delete'], before: values.get(address), after: null, after_unknown: {} },
    });
  }
  const expressions = [...now].map(([address, { config }]) => ({
    address,
    expressions: expressionsOf(config),
  }));
  return planOf({ before, after }, changes, values, expressions);
}

function planOf(
  { before, after }: { readonly before: Json | undefined; readonly after: Json },
  changes: readonly Json[],
  state: ReadonlyMap<string, Json>,
  expressions: readonly Json[] = [],
): PlanJson {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    complete: true,
    errored: false,
    planned_values: { outputs: {} },
    resource_changes: changes,
    output_changes: { regraft: outputChange(before?.output.regraft.value, after.output.regraft.value) },
    prior_state: {
      values: {
        root_module: {
          resources: [...state].map(([address, one]) => ({
            address,
            mode: 'managed',
            type: address.split('.')[0],
            values: one,
          })),
        },
      },
    },
    configuration: { root_module: { resources: expressions } },
  };
}

interface Instance {
  readonly type: string;
  readonly config: Json;
}

const META = new Set(['for_each', 'provider', 'lifecycle', '//', 'depends_on']);

function instancesOf(stack: Json, time: string): Map<string, Instance> {
  const found = new Map<string, Instance>();
  for (const [type, blocks] of Object.entries<Json>(stack.resource)) {
    for (const [name, block] of Object.entries<Json>(blocks)) {
      const config = Object.fromEntries(Object.entries<Json>(block).filter(([key]) => !META.has(key)));
      // A nested block, which is a list in plans.
      if (config['xml']) config['xml'] = [config['xml']];
      const text = JSON.stringify(config).replaceAll(
        '${formatdate(\\"YYYYMMDDhhmmss\\", plantimestamp())}',
        time,
      );
      if (block.for_each === undefined) found.set(`${type}.${name}`, { type, config: JSON.parse(text) });
      for (const [key, value] of Object.entries<Json>(block.for_each ?? {})) {
        found.set(`${type}.${name}[${JSON.stringify(key)}]`, {
          type,
          config: ofEach(JSON.parse(text), key, value),
        });
      }
    }
  }
  return found;
}

/** Fills in what a block with for_each says of one of its instances. */
function ofEach(config: Json, key: string, value: Json): Json {
  return map(config, (text) => {
    if (text === '${each.key}') return key;
    if (text === '${each.value}') return value;
    const plain = /^\$\{(?:try\()?each\.value\.(\w+)(?:, null\))?\}$/.exec(text);
    if (plain) return value[plain[1]!] ?? null;
    if (text.startsWith('${try({ content'))
      return value.source === undefined ? null : { content: { url: value.source } };
    return text;
  });
}

/** The values of a configuration, with what it refers to; `undefined` for what is only known after apply. */
function resolve(config: Json, valuesOf: (address: string) => Json | undefined): Json {
  const values = map(config, (text) => {
    const reference = /^\$\{((?:libvirt|terraform)_\w+\.[\w-]+(?:\["[^"]+"\])?)\.(\w+)\}$/.exec(text);
    if (!reference) return text;
    return valuesOf(reference[1]!)?.[reference[2]!];
  });
  return values;
}

/** The values in the state: with the attributes that libvirt gives. */
function stateOf(state: Map<string, Instance>, address: string): Json | undefined {
  const instance = state.get(address);
  if (!instance) return undefined;
  return withComputed(
    instance.type,
    resolve(instance.config, (one) => stateOf(state, one)),
  );
}

function withComputed(type: string, values: Json): Json {
  if (type !== 'libvirt_volume') return values;
  const path = `/pool/${values.name}`;
  return { ...values, id: path, path };
}

function changeOf(
  { type, config }: Instance,
  was: Json | undefined,
  fresh: Json,
  generation: Generation,
): Json {
  const before = was ?? null;
  const unknown = unknownIn(config, fresh);
  if (before === null)
    return { actions: ['create'], before, after: fresh, after_unknown: { ...unknown, id: true, path: true } };
  if (type === 'libvirt_volume' || type === 'libvirt_pool')
    return { actions: ['no-op'], before, after: before, after_unknown: {} };
  if (JSON.stringify(before) === JSON.stringify(fresh))
    return { actions: ['no-op'], before, after: before, after_unknown: {} };
  const replaced = type === 'terraform_data' || generation === '0.8';
  return {
    actions: replaced ? ['delete', 'create'] : ['update'],
    before,
    after: fresh,
    after_unknown: unknown,
  };
}

function replaceTriggered(change: Json, changes: readonly Json[]): void {
  if (change.type !== 'libvirt_domain' || change.change.actions[0] !== 'update') return;
  const trigger = changes.find(
    ({ address }) => address === change.address.replace('libvirt_domain', 'terraform_data'),
  );
  if (trigger?.change.actions.includes('delete')) change.change.actions = ['delete', 'create'];
}

/** Where a configuration refers to something whose value is not known, in the shape of `after_unknown`. */
function unknownIn(config: Json, values: Json): Json {
  if (typeof config === 'string') return values === undefined ? true : undefined;
  if (Array.isArray(config)) return config.map((one, index) => unknownIn(one, values?.[index]) ?? {});
  if (typeof config !== 'object' || config === null) return undefined;
  return Object.fromEntries(
    Object.entries<Json>(config).map(([key, one]) => [key, unknownIn(one, values?.[key])]),
  );
}

/** A configuration as the plan's JSON has it: literals with the references in them. */
function expressionsOf(config: Json): Json {
  return Object.fromEntries(
    Object.entries<Json>(config).map(([name, value]) => [
      name,
      Array.isArray(value) && name === 'disk'
        ? value.map(expressionsOf)
        : { constant_value: value, references: referencesIn(value) },
    ]),
  );
}

function referencesIn(value: Json): string[] {
  return [
    ...JSON.stringify(value).matchAll(
      /\$\{((?:libvirt|terraform)_\w+\.[\w-]+(?:\[\\"[^"\\]+\\"\])?)\.\w+\}/g,
    ),
  ].map(([, one]) => one!.replaceAll('\\"', '"'));
}

function outputChange(before: Json, after: Json): Json {
  const same = JSON.stringify(before) === JSON.stringify(after);
  return {
    actions: [before === undefined ? 'create' : same ? 'no-op' : 'update'],
    before: before ?? null,
    after,
    after_unknown: false,
  };
}

function map(value: Json, change: (text: string) => Json): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => map(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, map(one, change)]));
}
