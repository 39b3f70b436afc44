import type { KnownBase } from '../../../lib/provider/configuration';
import { changesOf } from '../../../lib/provider/clone/changes';
import { cloneStateOf } from '../../../lib/provider/clone/clone-config';
import type { CloneState } from '../../../lib/provider/clone/clone-state';
import { composeDomain } from '../../../lib/provider/clone/domain-xml';
import type { ClonePlan } from '../../../lib/provider/clone/plan';
import { planClone } from '../../../lib/provider/clone/plan';
import type { PlanFacts } from '../../../lib/provider/clone/plan-facts';
import type { ListedMachine, VolumeFacts } from '../../../lib/provider/host/facts';
import type { ObjectValue, Value } from '../../../lib/provider/protocol/values';
import { UNKNOWN } from '../../../lib/provider/protocol/values';

export const STORAGE = { name: 'lab', path: '/srv/lab' };
export const GIB = 2 ** 30;

export const DOMAIN_XML =
  '<domain type="qemu"><memory unit="MiB">128</memory><vcpu>1</vcpu><os><type>hvm</type></os>' +
  '<devices><interface type="network"><source network="default"/></interface></devices></domain>';

/** A base with a system, a temporary and a data volume. */
export function base(name: string, overrides: Partial<KnownBase['volumes']> = {}): KnownBase {
  const volume = {
    bus: 'virtio',
    size: 2 * GIB,
    format: 'qcow2',
    path: null,
    seed: null,
    sha256: null,
  } as const;
  const path = (of: string): string => `${STORAGE.path}/${name}.${of}.base.qcow2`;
  const own = {
    root: { ...volume, type: 'system', path: path('root') },
    scratch: { ...volume, type: 'temporary' },
    home: { ...volume, type: 'data' },
    ...overrides,
  } as const;
  return { name, volumes: own as KnownBase['volumes'] };
}

const NOT_SAID = {
  ...{ size: null, bus: null, target: null, boot: null, wwn: null, seed: null, seed_sha256: null },
  ...{ format: null, file: null, path: null, backing: null, backing_format: null },
};

/** A configuration as Terraform sends it: what is not said is null. */
export function config(said: ObjectValue = {}, volumes: Record<string, Value> = {}): ObjectValue {
  const outline: Record<string, Value> = {
    root: { type: 'system' },
    scratch: { type: 'temporary' },
    home: { type: 'data' },
    ...volumes,
  };
  const whole = Object.entries(outline)
    .filter(([, one]) => one !== null)
    .map(([name, one]) => [name, one === UNKNOWN ? one : { ...NOT_SAID, ...(one as ObjectValue) }]);
  return {
    ...{ name: 'web', base: 'v1', retain: null, retired: null, volumes: Object.fromEntries(whole) },
    ...{ domain_xml: DOMAIN_XML, autostart: null, cloud_init: null, restore: null, data_on_destroy: null },
    ...{ uuid: null, macs: null, retained: null, archived: null, drift: null },
    ...said,
  };
}

/** A host that does what changes say, so that plans can follow each other. */
export class World {
  readonly volumes = new Map<string, VolumeFacts>();
  readonly machines = new Map<string, ListedMachine>();
  readonly bases = new Map([base('v1'), base('v2'), base('v3')].map((one) => [one.name, one]));
  state: CloneState | null = null;
  planTime: string | undefined = '20260101000000';

  get facts(): PlanFacts {
    return {
      uri: 'qemu:///system',
      storage: STORAGE,
      shutdownTimeout: 300,
      onBusy: 'abort',
      power: 'restore',
      ...(this.planTime === undefined ? {} : { planTime: this.planTime }),
      bases: this.bases,
      listing: {
        storage: { path: STORAGE.path, active: true, available: 100 * GIB },
        volumes: new Set(this.volumes.keys()),
        machines: this.machines,
      },
      lookUp: (path) => this.volumes.get(path),
    };
  }

  file(path: string, capacity = 2 * GIB): void {
    const name = path.split('/').at(-1)!;
    this.volumes.set(path, { name, path, capacity, allocation: 0, format: 'qcow2', modified: '0' });
  }

  machine(name: string, xml: string, more: Partial<ListedMachine> = {}): void {
    const uuid = /<uuid>(.*?)<\/uuid>/.exec(xml)?.[1] ?? 'none';
    this.machines.set(name, {
      name,
      uuid,
      state: 'shut off',
      saved: false,
      autostart: false,
      snapshots: [],
      xml,
      ...more,
    });
  }

  plan(value: ObjectValue): ClonePlan {
    return planClone({ prior: this.state, config: value, facts: this.facts });
  }

  /** Plans and does it; throws the first error. */
  apply(value: ObjectValue): CloneState {
    const plan = this.plan(value);
    const [error] = errorsOf(plan);
    if (error !== undefined) throw new Error(error);
    const next = cloneStateOf(plan.planned);
    const { overlays, data, grow, medium, removed, machine } = changesOf(this.state, next, this.bases);
    for (const { path, size } of [...overlays, ...data]) {
      if (!this.volumes.has(path)) this.file(path, size ?? 2 * GIB);
    }
    if (medium) this.file(medium.path);
    for (const { path, size } of grow) {
      this.volumes.set(path, {
        ...this.volumes.get(path)!,
        capacity: Math.max(size, this.volumes.get(path)!.capacity),
      });
    }
    for (const path of removed) this.volumes.delete(path);
    if (machine === 'remove') this.machines.delete(next.name);
    else if (machine !== 'none')
      this.machine(next.name, composeDomain(next), { uuid: next.uuid, autostart: next.autostart });
    this.state = next;
    return next;
  }
}

/** The summaries of the errors of a plan. */
export function errorsOf({ diagnostics }: ClonePlan): string[] {
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ summary }) => summary);
}

/** The summaries of the warnings of a plan. */
export function warningsOf({ diagnostics }: ClonePlan): string[] {
  return diagnostics.filter(({ severity }) => severity === 'warning').map(({ summary }) => summary);
}
