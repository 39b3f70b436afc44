import { UNKNOWN } from '../protocol/values';
import type { ObjectValue, Value } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import type { Maybe } from './clone-state';
import { planBoot, planTargets } from './plan-devices';
import { planData } from './plan-data';
import { checkOutline } from './plan-outline';
import { planOverlay } from './plan-overlay';
import type { Situation } from './situation';
import { isKnown } from './situation';

/** The planned volumes, and the paths of the data volumes among them. */
export interface PlannedVolumes {
  readonly volumes: Maybe<Readonly<Record<string, ObjectValue>>>;
  readonly data: Maybe<readonly Maybe<string>[]>;
}

/** What the parts of a volume are that nobody has configured, while nothing is known of it. */
const UNKNOWN_PARTS = ['size', 'bus', 'target', 'boot', 'seed', 'seed_sha256', 'format', 'file'] as const;

/**
 * The planned volumes of a clone.
 *
 * @param taken the devices of disks that were attached by hand
 */
export function planVolumes(situation: Situation, taken: readonly string[]): PlannedVolumes {
  const { config } = situation;
  if (config.volumes === UNKNOWN) return { volumes: UNKNOWN, data: UNKNOWN };
  const entries = Object.entries(config.volumes as Readonly<Record<string, Maybe<VolumeConfig>>>);
  const known = Object.fromEntries(
    entries.filter((entry): entry is [string, VolumeConfig] => entry[1] !== UNKNOWN),
  );
  const whole = Object.keys(known).length === entries.length;
  if (whole) checkOutline(situation, known);
  const buses: Record<string, Maybe<string>> = Object.fromEntries(
    Object.entries(known).map(([volume, one]) => [volume, busOf(situation, volume, one)] as const),
  );
  const boot = whole ? planBoot(known) : {};
  const targets = whole ? planTargets(known, buses, boot, situation.prior, taken) : {};
  const planned = entries.map(([volume, one]): [string, Value] => {
    if (!isKnown(one)) return [volume, UNKNOWN];
    const devices: ObjectValue = {
      bus: buses[volume]!,
      target: targets[volume] ?? one.target ?? UNKNOWN,
      boot: boot[volume] ?? one.boot ?? UNKNOWN,
    };
    return [volume, { ...(one as unknown as ObjectValue), ...devices, ...partsOf(situation, volume, one) }];
  });
  const volumes = Object.fromEntries(planned) as Record<string, ObjectValue>;
  return { volumes, data: dataPaths(whole, volumes) };
}

function partsOf(situation: Situation, volume: string, config: VolumeConfig): ObjectValue {
  if (config.type === UNKNOWN) return unknownParts(config);
  if (config.type === 'data') {
    return { ...planData(situation, volume, config), backing: null, backing_format: null };
  }
  return {
    ...planOverlay(situation, volume, config),
    format: config.format ?? 'qcow2',
    file: config.file,
    seed: config.seed,
    seed_sha256: config.seed_sha256,
  };
}

function unknownParts(config: VolumeConfig): ObjectValue {
  const said = UNKNOWN_PARTS.map((part) => [part, config[part] ?? UNKNOWN]);
  return { ...Object.fromEntries(said), path: UNKNOWN, backing: UNKNOWN, backing_format: UNKNOWN };
}

function busOf({ base, prior, retired }: Situation, volume: string, { bus }: VolumeConfig): Maybe<string> {
  if (bus !== null) return bus;
  if (!isKnown(base)) return UNKNOWN;
  const former = base === undefined || retired === true ? prior?.volumes[volume]?.bus : undefined;
  return former ?? base?.volumes[volume]?.bus ?? 'virtio';
}

function dataPaths(whole: boolean, volumes: Readonly<Record<string, ObjectValue>>): PlannedVolumes['data'] {
  if (!whole || Object.values(volumes).some(({ type }) => type === UNKNOWN)) return UNKNOWN;
  return Object.values(volumes)
    .filter(({ type }) => type === 'data')
    .map(({ path }) => path as Maybe<string>);
}
