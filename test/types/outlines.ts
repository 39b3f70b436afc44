import type { TerraformStack } from 'cdktf';
import { Base, type CloneOverrides, ClonePool, type LibvirtHost, Rebase, type Size, Volume } from 'regraft';

/*
 * Compiled, never run. What must not compile stands under a directive that expects an error, and that is an error
 * itself as soon as the line below it compiles.
 */
export function outlines(stack: TerraformStack, host: LibvirtHost): void {
  const root = Volume.system({ image: 'images/debian-12.qcow2' });
  const scratch = Volume.temporary({ size: '4GiB' });
  const home = Volume.data({ size: '20GiB' });
  const machine = { vcpus: 1, memory: '1GiB' } as const;

  const debian12 = new Base(stack, 'debian-12', { host, volumes: { root, scratch, home } });
  const pool = new ClonePool(stack, 'students', { base: debian12, clones: ['student-01'], machine });

  // The same outline compiles, in whatever order it is written and whatever sizes it has.
  const debian13 = new Base(stack, 'debian-13', {
    host,
    volumes: { home: Volume.data({ size: 1 }), root, scratch },
  });
  new Rebase(stack, 'to-debian-13', { pool, to: debian13 });
  new Rebase(stack, 'canary', { pool, to: debian13, clones: ['student-01'], retain: false });

  const existing = Base.existing(stack, 'existing', {
    host,
    volumes: { root: Volume.system({ existing: true }), scratch, home },
  });
  new Rebase(stack, 'to-existing', { pool, to: existing });

  const smaller = new Base(stack, 'smaller', { host, volumes: { root, scratch } });
  // @ts-expect-error a volume is missing
  new Rebase(stack, 'to-smaller', { pool, to: smaller });

  const larger = new Base(stack, 'larger', { host, volumes: { root, scratch, home, cache: scratch } });
  // @ts-expect-error there is a volume more
  new Rebase(stack, 'to-larger', { pool, to: larger });

  const renamed = new Base(stack, 'renamed', { host, volumes: { root, scratch, homes: home } });
  // @ts-expect-error a volume has another name
  new Rebase(stack, 'to-renamed', { pool, to: renamed });

  const retyped = new Base(stack, 'retyped', { host, volumes: { root, scratch, home: scratch } });
  // @ts-expect-error data would become temporary
  new Rebase(stack, 'to-retyped', { pool, to: retyped });

  const small = new ClonePool(stack, 'small', { base: smaller, clones: [], machine });
  // @ts-expect-error a pool of another outline, too
  new Rebase(stack, 'from-smaller', { pool: small, to: debian13 });
}

export function extraVolumes(): CloneOverrides[] {
  return [
    { volumes: { db: Volume.data({ size: '1GiB' }) } },
    // @ts-expect-error a clone's own volumes are data volumes
    { volumes: { db: Volume.temporary({ size: '1GiB' }) } },
    // @ts-expect-error a clone's own volumes are data volumes
    { volumes: { db: Volume.system({ image: 'images/db.qcow2' }) } },
  ];
}

export function archivedData(): CloneOverrides<{ root: 'system'; home: 'data' }>[] {
  return [
    { data: { home: Volume.archived('student-07/home') } },
    // @ts-expect-error only data volumes are kept for a retired clone
    { data: { root: Volume.archived('student-07/root') } },
    // @ts-expect-error a volume is named with its clone
    { data: { home: Volume.archived('student-07') } },
    // @ts-expect-error it is another clone's volume, and no new one
    { data: { home: Volume.data({ size: '1GiB' }) } },
  ];
}

export function volumes(): void {
  Volume.temporary({ image: 'images/cache.qcow2' });
  Volume.temporary({ image: 'images/cache.qcow2', size: '1GiB' });
  Volume.data({ size: '1GiB', seed: 'images/seed.raw', seedFormat: 'raw' });
  // @ts-expect-error a temporary volume has a size or an image
  Volume.temporary({});
  // @ts-expect-error a data volume has a size
  Volume.data({ seed: 'images/seed.raw' });
  // @ts-expect-error data never stands on a base's image
  Volume.data({ size: '1GiB', image: 'images/home.qcow2' });
  // @ts-expect-error a system volume has an image, or exists
  Volume.system({ size: '1GiB' });
  // @ts-expect-error a bus is one that libvirt has
  Volume.data({ size: '1GiB', bus: 'nvme-of' });
  // @ts-expect-error vhdx is no format that bases are made from
  Volume.system({ image: 'a.vhdx', format: 'vhdx' });
}

export const sizes: readonly Size[] = [
  1,
  '20GiB',
  '1.5TiB',
  '512MiB',
  '4096B',
  // @ts-expect-error decimal units are not taken
  '20GB',
  // @ts-expect-error a number in quotes has a unit
  '20',
];
