import type { AddressRole } from '../../model/manifest';
import { formatSize } from '../../model/size';
import type { Case } from '../case';
import { sizeOf } from '../values';

type OverlayRole = Extract<AddressRole, { role: 'overlay' | 'retained' }>;

/** Judges the virtual sizes of overlays that would be made by those of the real images and volumes below them. */
export function judgeSizes(given: Case): void {
  const small = new Map<
    string,
    { address: string; role: OverlayRole; size: number; below: number; of: number }
  >();
  for (const [address, role] of Object.entries(given.after.addresses)) {
    if (role.role !== 'overlay' && role.role !== 'retained') continue;
    const effect = given.effect(address);
    const size = sizeOf(given.change(address)?.after);
    if ((effect !== 'create' && effect !== 'replace') || size === undefined) continue;
    const below = baseSize(given, role);
    if (below === undefined || size >= below) continue;
    const key = `${role.host}/${role.base}/${role.volume}`;
    small.set(key, { address, role, size, below, ...small.get(key), of: (small.get(key)?.of ?? 0) + 1 });
  }
  for (const [key, { address, role, size, below, of }] of small) {
    given.report('RG347', {
      address,
      pool: role.pool,
      clone: role.clone,
      expected: `at least ${formatSize(below)}, the size of ${key}`,
      found: `${formatSize(size)}${of > 1 ? `, and ${of - 1} more such overlays` : ''}`,
    });
  }
}

/** The virtual size of a base volume: of the image that is uploaded, else of the volume on the host. */
function baseSize(given: Case, { host, base, volume }: OverlayRole): number | undefined {
  const entry = given.after.bases[`${host}/${base}`]?.volumes[volume];
  const image = given.images.find(({ addresses }) =>
    addresses.some((address) => {
      const role = given.after.addresses[address];
      return role?.role === 'base' && role.host === host && role.base === base && role.volume === volume;
    }),
  );
  if (image) return image.virtualSize;
  // What libvirt finds in the first bytes of a raw volume says nothing.
  const fact = given.facts
    .find((facts) => facts.host === host)
    ?.volumes.find(({ name }) => name === entry?.file);
  return (entry?.format === 'raw') === (fact?.format === 'raw') ? fact?.capacity : undefined;
}
