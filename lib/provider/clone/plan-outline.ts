import type { StorageOutline } from '../../model/outline';
import { compareOutlines } from '../../model/outline-comparison';
import type { Bus } from '../../model/volume-type';
import { UNKNOWN } from '../protocol/values';
import type { VolumeConfig } from './clone-config';
import type { Situation } from './situation';
import { isKnown } from './situation';

/**
 * Whether the clone has the volumes of its base: the same names and types, and `data` volumes of its own besides.
 *
 * Sizes and buses are left out of the comparison, as a clone may say its own.
 */
export function checkOutline(situation: Situation, volumes: Readonly<Record<string, VolumeConfig>>): void {
  const { base, told, name, retired } = situation;
  if (!isKnown(base) || base === undefined || retired === true) return;
  if (Object.values(volumes).some(({ type }) => type === UNKNOWN)) return;
  const shape = (type: VolumeConfig['type']): StorageOutline[string] => ({
    type: type as never,
    bus: 'virtio' as Bus,
  });
  const own = Object.entries(volumes).filter(
    ([volume, { type }]) => type !== 'data' || base.volumes[volume] !== undefined,
  );
  const current = Object.fromEntries(own.map(([volume, { type }]) => [volume, shape(type)]));
  const wanted = Object.fromEntries(
    Object.entries(base.volumes).map(([volume, { type }]) => [volume, shape(type)]),
  );
  const labels = { current: `clone ${name}`, next: `base ${base.name}` };
  const { same, differences, diff } = compareOutlines(current, wanted, labels);
  if (same) return;
  const words = differences.map((one) =>
    one.replace(/ is new$/, ' is not in the clone').replace(/ is missing$/, ' is not in the base'),
  );
  told.error(
    ['volumes'],
    `clone ${name} has other volumes than base ${base.name}: ${words.join('; ')}: give it the base's, with their types (\`data\` volumes of its own may be added)`,
    diff,
  );
}
