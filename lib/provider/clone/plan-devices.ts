import type { Bus } from '../../model/volume-type';
import { devicePrefix } from '../../model/volume-type';
import { UNKNOWN } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import type { CloneState, CloneVolumeState, Maybe } from './clone-state';
import { diskOrder, firstFree } from './domain-disks';

type Volumes = Readonly<Record<string, VolumeConfig>>;

/** Which volumes the machine boots from: what is configured, else the first system volume by name. */
export function planBoot(volumes: Volumes): Record<string, Maybe<boolean>> {
  const entries = Object.entries(volumes);
  const said = entries.some(([, { boot }]) => boot === true);
  const unsure = !said && entries.some(([, { boot, type }]) => boot === UNKNOWN || type === UNKNOWN);
  const [first] = entries
    .filter(([, { type, boot }]) => type === 'system' && boot !== false)
    .map(([volume]) => volume)
    .sort();
  return Object.fromEntries(
    entries.map(([volume, { boot }]) => [volume, boot ?? (unsure ? UNKNOWN : !said && volume === first)]),
  );
}

/**
 * The devices of the disks: what is configured, else what they were, else the next free one in the order of the disks.
 *
 * So another volume that comes or goes moves no disk to another device.
 *
 * @param taken the devices of disks that were attached by hand
 */
export function planTargets(
  volumes: Volumes,
  buses: Readonly<Record<string, Maybe<string>>>,
  boot: Readonly<Record<string, Maybe<boolean>>>,
  prior: CloneState | null,
  taken: readonly string[],
): Record<string, Maybe<string>> {
  const names = Object.keys(volumes);
  const unsure = names.some((name) =>
    [volumes[name]!.target, volumes[name]!.type, buses[name], boot[name]].includes(UNKNOWN),
  );
  if (unsure) return Object.fromEntries(names.map((name) => [name, volumes[name]!.target ?? UNKNOWN]));
  const known = Object.fromEntries(
    names.map((name) => [
      name,
      { type: volumes[name]!.type, bus: buses[name], boot: boot[name] } as unknown as CloneVolumeState,
    ]),
  );
  const prefix = (name: string): string => devicePrefix(known[name]!.bus as Bus);
  const targets = new Map(
    names
      .filter((name) => volumes[name]!.target !== null)
      .map((name) => [name, volumes[name]!.target as string]),
  );
  const used = (): string[] => [...targets.values(), ...taken];
  const order = diskOrder(known);
  for (const name of order) {
    const former = prior?.volumes[name]?.target;
    if (targets.has(name) || former === undefined || !former.startsWith(prefix(name))) continue;
    if (!used().includes(former)) targets.set(name, former);
  }
  for (const name of order) if (!targets.has(name)) targets.set(name, firstFree(prefix(name), used()));
  return Object.fromEntries(targets);
}
