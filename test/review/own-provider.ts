import type { PlanJson } from './recorded';

/** A stack as cdktf writes it, or a part of one or of a state, as loosely typed as JSON is. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const POOL = '/pool';

/**
 * Makes the changes that regraft's own provider plans between two synthesized stacks: by its rules, in few words.
 *
 * What it does of a kind is tested with the provider itself; here it is the review that is looked at.
 */
export function ownChanges(before: Json | undefined, after: Json): Pick<PlanJson, 'changes' | 'prior'> {
  const prior = before === undefined ? new Map<string, Json>() : stateOf(before, '20260101000000', new Map());
  const planned = stateOf(after, '20260202000000', prior);
  const addresses = [...new Set([...planned.keys(), ...prior.keys()])].sort();
  const changes = addresses.map((address) => {
    const [was, is] = [prior.get(address) ?? null, planned.get(address) ?? null];
    const actions =
      was === null ? ['create'] : is === null ? ['delete'] : same(was, is) ? ['no-op'] : ['update'];
    return {
      address,
      mode: 'managed',
      type: address.split('.')[0],
      change: { actions, before: was, after: is, after_unknown: {} },
    };
  });
  return { changes, prior };
}

function stateOf(stack: Json, stamp: string, prior: Map<string, Json>): Map<string, Json> {
  const resources = (type: string): [string, Json][] =>
    Object.entries<Json>(stack.resource[type] ?? {}).map(([name, one]) => [`${type}.${name}`, one]);
  const bases = new Map(resources('regraft_base').map(([address, one]) => [address, baseState(one)]));
  const named = (reference: string | undefined): Json =>
    reference === undefined ? null : bases.get(/^\$\{(.+)\.name\}$/.exec(reference)![1]!);
  const clones = resources('regraft_clone').map(([address, one]): [string, Json] => [
    address,
    cloneState(one, named(one.base), named(one.retain), stamp, prior.get(address)),
  ]);
  return new Map([...bases, ...clones]);
}

function baseState({ name, volumes, deletion_protection }: Json): Json {
  return {
    name,
    deletion_protection,
    volumes: mapped(volumes, (volume, { type, image, existing, format = 'qcow2', size = null, bus }) => ({
      ...{ type, image: image ?? null, existing: existing ?? null, format, size, bus, sha256: null },
      path: type === 'data' || image === undefined ? null : `${POOL}/${name}.${volume}.base.qcow2`,
    })),
  };
}

function cloneState(config: Json, base: Json, retain: Json, stamp: string, prior: Json): Json {
  const { name, retired = false, restore = null } = config;
  const restores = restore !== null && restore !== (prior?.restore ?? null);
  const overlay = (volume: string, on: Json): string => `${POOL}/${name}.${volume}.${on.name}.${stamp}.qcow2`;
  const system = (volume: string): string => {
    if (prior?.retain === base.name && prior?.retained[volume] !== undefined) return prior.retained[volume];
    return current(volume) ?? overlay(volume, base);
  };
  const current = (volume: string): string | undefined =>
    !restores && prior?.base === base.name ? (prior?.volumes[volume]?.path ?? undefined) : undefined;
  const retained = (volume: string): string => {
    if (prior?.base === retain.name) return prior.volumes[volume].path;
    return prior?.retain === retain.name ? prior.retained[volume] : overlay(volume, retain);
  };
  const all = Object.keys(config.volumes);
  const systems = all.filter((volume) => config.volumes[volume].type === 'system');
  return {
    name,
    base: base.name,
    retain: retain?.name ?? null,
    retired,
    volumes: mapped(config.volumes, (volume, one) => {
      const below = base.volumes[volume] ?? {};
      const { type, target, boot = false, bus = below.bus, size = below.size ?? null, wwn = null } = one;
      const common = { type, target, boot, bus, size, wwn };
      if (type === 'data') {
        const file = one.file ?? `${name}.${volume}.data.qcow2`;
        const format = one.format ?? 'qcow2';
        return { ...common, format, file, path: `${POOL}/${file}`, backing: null, backing_format: null };
      }
      const path = type === 'system' ? system(volume) : (current(volume) ?? overlay(volume, base));
      const backing = below.path ?? (below.existing ? `${POOL}/${below.existing}` : null);
      return {
        ...common,
        ...{ format: 'qcow2', file: null, path: retired ? null : path, backing },
        backing_format: backing === null ? null : below.format,
      };
    }),
    domain_xml: config.domain_xml,
    cloud_init: null,
    restore: restore ?? prior?.restore ?? null,
    data_on_destroy: config.data_on_destroy,
    uuid: /<uuid>(.*)<\/uuid>/.exec(config.domain_xml)![1],
    macs: [...config.domain_xml.matchAll(/<mac address="([^"]+)"/g)].map(([, mac]) => mac),
    retained:
      retain && !retired ? Object.fromEntries(systems.map((volume) => [volume, retained(volume)])) : {},
    archived: {
      ...prior?.archived,
      ...Object.fromEntries(
        Object.entries<Json>(prior?.volumes ?? {})
          .filter(([volume, { type }]) => type === 'data' && !all.includes(volume))
          .map(([volume, { path }]) => [volume, path]),
      ),
    },
    drift: [],
  };
}

function mapped(map: Json, change: (key: string, value: Json) => Json): Json {
  return Object.fromEntries(Object.entries<Json>(map).map(([key, value]) => [key, change(key, value)]));
}

function same(one: Json, other: Json): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
