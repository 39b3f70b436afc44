import { type TerraformStack } from 'cdktf';
import type { CloneOverrides } from 'regraft';
import { Base, ClonePool, Firmware, Graphics, LibvirtHost, Network, Rebase, Volume } from 'regraft';
import type { Fleet, FleetBase, FleetPool, FleetVolume } from './fleet';
import { activeClones } from './fleet';
import { imagesAt } from './images-at';
import { type Synthesized, synthesize } from './synthesis';

/** Puts a list into some order. */
export type Order = <T>(list: readonly T[]) => T[];

/** The order in which it is written. */
export const asWritten: Order = (list) => [...list];

/** A pseudo-random order for each list, the same for the same seed. */
export function shuffled(seed: number): Order {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return (list) => {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last--) {
      const other = next(last + 1);
      [result[last], result[other]] = [result[other]!, result[last]!];
    }
    return result;
  };
}

/** Synthesizes a fleet as a stack of its own. */
export function synthesizeFleet(fleet: Fleet, order: Order = asWritten): Synthesized {
  return synthesize((stack) => declareFleet(stack, fleet, order));
}

/** Declares a fleet's constructs; what another one needs comes before it, all else in the given order. */
export function declareFleet(stack: TerraformStack, fleet: Fleet, order: Order = asWritten): void {
  const made = new Map<string, unknown>();
  const once = <T>(key: string, make: () => T): T => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as T;
  };
  const named = <T extends { readonly name: string }>(list: readonly T[], name: string): T =>
    list.find((one) => one.name === name)!;
  const host = (name: string): LibvirtHost =>
    once(`host ${name}`, () => {
      const existing = named(fleet.hosts, name).storageExists;
      const storage = { name: `${name}-pool`, path: `/srv/${name}`, existing };
      return new LibvirtHost(stack, name, {
        uri: `qemu+ssh://root@${name}.test/system`,
        storage,
        provider: fleet.generation,
      });
    });
  const base = (name: string): Base =>
    once(`base ${name}`, () =>
      declareBase(stack, host(named(fleet.bases, name).host), named(fleet.bases, name), order),
    );
  const pool = (name: string): ClonePool =>
    once(`pool ${name}`, () =>
      declarePool(stack, base(named(fleet.pools, name).base), named(fleet.pools, name), order),
    );
  const rebase = (name: string): Rebase =>
    once(`rebase ${name}`, () => {
      const { pool: of, to, clones, retain } = named(fleet.rebases, name);
      return new Rebase(stack, name, {
        pool: pool(of),
        to: base(to),
        retain,
        ...(clones ? { clones: order(clones) } : {}),
      });
    });
  const declarations = [
    ...fleet.hosts.map(
      ({ name }) =>
        () =>
          host(name),
    ),
    ...fleet.bases.map(
      ({ name }) =>
        () =>
          base(name),
    ),
    ...fleet.pools.map(
      ({ name }) =>
        () =>
          pool(name),
    ),
    ...fleet.rebases.map(
      ({ name }) =>
        () =>
          rebase(name),
    ),
  ];
  for (const declare of order<() => unknown>(declarations)) declare();
}

function declareBase(stack: TerraformStack, host: LibvirtHost, base: FleetBase, order: Order): Base {
  const volumes = order(Object.entries(base.volumes)).map(([name, volume]): [string, Volume] => [
    name,
    volumeOf(base, name, volume, imagesAt(host.model.generation)),
  ]);
  const props = { host, volumes: Object.fromEntries(volumes) };
  return base.existing
    ? Base.existing(stack, base.name, props)
    : new Base(stack, base.name, { ...props, retired: base.retired });
}

function volumeOf(
  base: FleetBase,
  name: string,
  { type, bus, size, boot, image, seed }: FleetVolume,
  images: string,
): Volume {
  const sized = size === undefined ? {} : { size: `${size}MiB` as const };
  const content = base.existing
    ? { existing: true as const }
    : { image: `${images}/${base.name}-${name}.qcow2` };
  switch (type) {
    case 'system':
      return Volume.system({ bus, ...sized, ...content, ...(boot === undefined ? {} : { boot }) });
    case 'temporary':
      return image
        ? Volume.temporary({ bus, ...sized, ...content })
        : Volume.temporary({ bus, size: `${size!}MiB` });
    case 'data':
      return dataVolume({ bus, size: size!, seed }, images);
  }
}

function dataVolume(
  { bus, size, seed }: { bus: FleetVolume['bus']; size: number; seed?: string | undefined },
  images: string,
): Volume<'data'> {
  return Volume.data({
    bus,
    size: `${size}MiB`,
    ...(seed === undefined ? {} : { seed: `${images}/${seed}.qcow2` }),
  });
}

function declarePool(stack: TerraformStack, base: Base, pool: FleetPool, order: Order): ClonePool {
  const overrides = order(Object.entries(pool.extras)).map(([clone, volumes]): [string, CloneOverrides] => [
    clone,
    // The order of a clone's own volumes is the order of its disks.
    {
      volumes: Object.fromEntries(
        volumes.map(([name, { bus, size, seed }]) => [
          name,
          dataVolume({ bus, size: size!, seed }, imagesAt(base.host.model.generation)),
        ]),
      ),
    },
  ]);
  return new ClonePool(stack, pool.name, {
    base,
    clones: order(pool.clones),
    retired: order(pool.retired),
    overrides: Object.fromEntries(overrides),
    machine: {
      vcpus: 2,
      memory: '1GiB',
      // A machine with every bus, IDE too.
      machineType: 'pc',
      networks: Array.from({ length: pool.networks }, (_, index) =>
        index === 0 ? Network.named('default') : Network.bridge('br0'),
      ),
      graphics: Graphics[pool.graphics](),
      ...(pool.uefi ? { firmware: Firmware.uefi() } : {}),
      ...(pool.cloudInit
        ? { cloudInit: (clone) => ({ userData: `#cloud-config\nhostname: ${clone}\n` }) }
        : {}),
    },
  });
}

/** How many machines the fleet has. */
export function machinesOf({ pools }: Fleet): number {
  return pools.reduce((sum, pool) => sum + activeClones(pool).length, 0);
}
