import type { AttributePath, Diagnostic } from '../protocol/provider';
import type { ObjectValue, Value } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import { cloneConfigOf } from './clone-config';
import type { CloneState } from './clone-state';
import { Diagnostics } from './diagnostics';
import { dataPaths } from './paths';
import { planArchived } from './plan-archived';
import { planCloudInit } from './plan-cloud-init';
import type { PlanFacts } from './plan-facts';
import { planIdentity } from './plan-identity';
import { planRetained } from './plan-retained';
import { checkFiles, situationOf } from './plan-situation';
import { tellOfTakeover } from './plan-takeover';
import { planVolumes } from './plan-volumes';
import { handAttachedTargets, settled, warnOfChanges, warnOfDestruction } from './plan-warnings';

/** What a plan of a clone is made of; nothing else goes into it. */
export interface ClonePlanRequest {
  /** The state, refreshed; `null` for a clone that is to be made. */
  readonly prior: CloneState | null;
  /** The configuration as it is written, unknown values included. */
  readonly config: ObjectValue;
  readonly facts: PlanFacts;
}

/** A plan of a clone; with an error among its diagnostics the rest says nothing. */
export interface ClonePlan {
  readonly planned: ObjectValue;
  readonly requiresReplace: readonly AttributePath[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What becomes of a clone.
 *
 * A pure function: Terraform asks twice, in two processes, and wants the same answer. Values that are known only after
 * apply make what depends on them unknown, and what cannot be checked is checked when Terraform asks again.
 */
export function planClone({ prior, config: value, facts }: ClonePlanRequest): ClonePlan {
  const config = cloneConfigOf(value);
  if (config.name === UNKNOWN)
    return { planned: nothingKnown(value), requiresReplace: renamed(prior !== null), diagnostics: [] };
  const replaced = prior !== null && prior.name !== config.name;
  const situation = situationOf(replaced ? null : prior, config, facts);
  const { told } = situation;
  if (replaced) warnOfReplacement(prior, String(config.name), told);
  const { volumes, data } = planVolumes(situation, handAttachedTargets(situation));
  checkFiles(situation, volumes);
  const planned: ObjectValue = {
    ...value,
    volumes,
    cloud_init: planCloudInit(situation),
    autostart: config.autostart ?? false,
    restore: config.restore ?? situation.prior?.restore ?? null,
    data_on_destroy: config.data_on_destroy ?? 'keep',
    ...(planIdentity(situation) as unknown as ObjectValue),
    retained: planRetained(situation),
    archived: planArchived(situation, data),
    drift: [],
  };
  if (!told.failed) {
    tellOfTakeover(situation, settled(planned));
    warnOfChanges(situation, planned);
  }
  return { planned, requiresReplace: renamed(replaced), diagnostics: told.all };
}

/** What there is to say of destroying a clone. */
export function planDestruction(prior: CloneState, facts: Pick<PlanFacts, 'listing'>): readonly Diagnostic[] {
  const told = new Diagnostics();
  warnOfDestruction(prior, facts, told);
  return told.all;
}

function renamed(replaced: boolean): AttributePath[] {
  return replaced ? [['name']] : [];
}

function warnOfReplacement(prior: CloneState, name: string, told: Diagnostics): void {
  const data = dataPaths(prior);
  if (data.length === 0) return;
  if (prior.data_on_destroy === 'purge') {
    told.error(
      ['name'],
      `another name makes another clone of ${prior.name}, and \`data_on_destroy = "purge"\` would delete its data (${data.join(', ')}): set it to "keep" and apply first`,
    );
    return;
  }
  told.warn(
    ['name'],
    `clone ${prior.name} is destroyed and ${name} is made: the data volumes ${data.join(', ')} stay in the storage pool, and ${name} gets them only where \`file\` says so`,
  );
}

function nothingKnown(config: ObjectValue): ObjectValue {
  const computed: Record<string, Value> = {};
  for (const name of ['autostart', 'restore', 'data_on_destroy']) computed[name] = config[name] ?? UNKNOWN;
  for (const name of ['uuid', 'macs', 'retained', 'archived', 'drift']) computed[name] = UNKNOWN;
  const withComputed = (value: Value, names: readonly string[]): Value => {
    if (value === UNKNOWN || value === null || typeof value !== 'object') return value;
    const object = value as ObjectValue;
    return { ...object, ...Object.fromEntries(names.map((name) => [name, object[name] ?? UNKNOWN])) };
  };
  const parts = ['size', 'bus', 'target', 'boot', 'seed', 'seed_sha256', 'format', 'file'];
  const volumes = config['volumes']!;
  const planned: Value =
    volumes === UNKNOWN
      ? UNKNOWN
      : Object.fromEntries(
          Object.entries(volumes as ObjectValue).map(([volume, one]) => [
            volume,
            withComputed(one, [...parts, 'path', 'backing', 'backing_format']),
          ]),
        );
  return {
    ...config,
    ...computed,
    volumes: planned,
    cloud_init: withComputed(config['cloud_init'] ?? null, ['path']),
  };
}
