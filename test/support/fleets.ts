import fc from 'fast-check';
import type { Bus, ProviderGeneration } from 'regraft';
import { BUSES } from 'regraft';
import type { Fleet, FleetBase, FleetPool, FleetRebase, FleetVolume } from './fleet';
import { activeClones } from './fleet';

/**
 * Generators of fleets that regraft takes.
 *
 * A line is a family of bases with one outline on one host; rebases go from a pool's base to a later one of its line.
 */

/** Words that names are made of; a number makes each unique. Some are words that regraft itself uses in names. */
const WORDS = [
  'root',
  'home',
  'data',
  'base',
  'bases',
  'A',
  'Z_9',
  'cloud-init',
  'archived',
  'x',
  'retired-bases',
];

const word = fc.constantFrom(...WORDS);

const bus: fc.Arbitrary<Bus> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Bus>('virtio') },
  fc.constantFrom(...BUSES),
);

/** What a line's outline says of one volume, before bases say its size. */
interface Slot {
  readonly name: string;
  readonly type: FleetVolume['type'];
  readonly bus: Bus;
  readonly sized: boolean;
  readonly image: boolean;
  readonly seeded: boolean;
}

function slots(type: Slot['type'], min: number, max: number): fc.Arbitrary<Slot[]> {
  return fc.array(
    fc.record({
      name: word,
      type: fc.constant(type),
      bus,
      sized: fc.boolean(),
      image: fc.boolean(),
      seeded: fc.boolean(),
    }),
    { minLength: min, maxLength: max },
  );
}

const outline = fc
  .tuple(slots('system', 1, 3), slots('temporary', 0, 2), slots('data', 0, 3), fc.nat())
  .map(([system, temporary, data, boot]) => ({
    slots: [...system, ...temporary, ...data].map((slot, index) => ({
      ...slot,
      name: `${slot.name}-${index}`,
    })),
    boot: boot % (system.length + 1),
  }));

const sketch = fc.record({
  storageExists: fc.boolean(),
  lines: fc.array(
    fc.record({
      outline,
      bases: fc.array(fc.record({ name: word, existing: fc.boolean(), growth: fc.nat(3) }), {
        minLength: 1,
        maxLength: 4,
        size: 'max',
      }),
      pools: fc.array(
        fc.record({
          name: word,
          base: fc.nat(1),
          clones: fc.array(
            fc.record({ name: word, extras: fc.array(fc.tuple(word, bus, fc.boolean()), { maxLength: 2 }) }),
            { minLength: 1, maxLength: 6, size: 'max' },
          ),
          retired: fc.nat(1),
          rebases: fc.array(fc.record({ to: fc.nat(), share: fc.nat(3), retain: fc.boolean() }), {
            maxLength: 2,
            size: 'max',
          }),
          networks: fc.nat(2),
          cloudInit: fc.boolean(),
          uefi: fc.boolean(),
          graphics: fc.constantFrom('none' as const, 'vnc' as const, 'spice' as const),
        }),
        { maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

type Sketch = typeof sketch extends fc.Arbitrary<infer T> ? T : never;
type LineSketch = Sketch['lines'][number];
type PoolSketch = LineSketch['pools'][number];

/** Any fleet for a generation of the provider. */
export function fleets(generation: ProviderGeneration): fc.Arbitrary<Fleet> {
  return fc.array(sketch, { minLength: 1, maxLength: 2 }).map((hosts) => fleetOf(generation, hosts));
}

function fleetOf(generation: ProviderGeneration, sketches: readonly Sketch[]): Fleet {
  let number = 0;
  const unique = (name: string): string => `${name}${number++}`;
  const hosts = sketches.map(({ storageExists }) => ({ name: unique('host'), storageExists }));
  const bases: FleetBase[] = [];
  const pools: FleetPool[] = [];
  const rebases: FleetRebase[] = [];
  const lines = sketches.flatMap((host, index) =>
    host.lines.map((line) => ({ line, host: hosts[index]!.name })),
  );
  lines.forEach(({ line, host }, index) => {
    const own = line.bases.map((base, version) =>
      baseOf(line, base, { name: unique(base.name), host, line: index, version }),
    );
    const made = line.pools.map((pool) => poolOf(pool, own, unique));
    const moves = made.flatMap((pool, which) => rebasesOf(line.pools[which]!, pool, own, unique));
    const used = new Set([...made.map(({ base }) => base), ...moves.map(({ to }) => to)]);
    bases.push(
      ...own.map((base) => ({
        ...base,
        retired: !base.existing && !used.has(base.name) && base.name.length % 2 === 0,
      })),
    );
    pools.push(...made);
    rebases.push(...moves);
  });
  return { generation, hosts, bases, pools, rebases };
}

function baseOf(
  { outline: { slots: all, boot }, bases }: LineSketch,
  { existing, growth }: LineSketch['bases'][number],
  { name, host, line, version }: { name: string; host: string; line: number; version: number },
): FleetBase {
  const reuse = bases.some((base) => base.existing);
  const volumes = all.map((slot, index): [string, FleetVolume] => {
    const { type, bus: on, sized, image, seeded } = slot;
    // Provider 0.9 must know the size of an overlay on a volume that is on the host already, and so must a rebase from it.
    const size =
      type === 'system' && !sized && !reuse
        ? undefined
        : 64 + 16 * index + 8 * version + (type === 'system' ? 0 : growth);
    return [
      slot.name,
      {
        type,
        bus: on,
        ...(size === undefined ? {} : { size }),
        ...(index === boot && type === 'system' ? { boot: true } : {}),
        ...(image && type === 'temporary' ? { image } : {}),
        ...(seeded && type === 'data' ? { seed: `seed-${growth}` } : {}),
      },
    ];
  });
  return { name, host, line, existing, retired: false, volumes: Object.fromEntries(volumes) };
}

function poolOf(pool: PoolSketch, bases: readonly FleetBase[], unique: (name: string) => string): FleetPool {
  const clones = pool.clones.map(({ name, extras }) => ({ name: unique(name), extras }));
  const extra = (name: string, on: Bus, seeded: boolean): [string, FleetVolume] => [
    unique(name),
    { type: 'data', bus: on, size: 32, ...(seeded ? { seed: 'extra' } : {}) },
  ];
  return {
    name: unique(pool.name),
    base: bases[pool.base % bases.length]!.name,
    clones: clones.map(({ name }) => name),
    // Half of them are named as clones still, as with ClonePool.numbered, the others no longer.
    retired: [
      ...clones.slice(0, pool.retired).map(({ name }) => name),
      ...(pool.retired > 0 ? [unique('gone')] : []),
    ],
    extras: Object.fromEntries(
      clones.map(({ name, extras }) => [name, extras.map((volume) => extra(...volume))]),
    ),
    networks: pool.networks,
    cloudInit: pool.cloudInit,
    uefi: pool.uefi,
    graphics: pool.graphics,
  };
}

/** Rebases with clones of their own each: all of the pool, or what the ones before have left. */
function rebasesOf(
  sketched: PoolSketch,
  pool: FleetPool,
  bases: readonly FleetBase[],
  unique: (name: string) => string,
): FleetRebase[] {
  const later = bases.slice(bases.findIndex(({ name }) => name === pool.base) + 1);
  let left = activeClones(pool);
  return sketched.rebases.flatMap(({ to, share, retain }, index): FleetRebase[] => {
    if (later.length === 0 || left.length === 0) return [];
    const whole = index === 0 && share === 0;
    const clones = whole ? left : left.slice(0, Math.max(1, Math.round((left.length * share) / 3)));
    left = left.filter((clone) => !clones.includes(clone));
    const rebase = { name: unique('rebase'), pool: pool.name, to: later[to % later.length]!.name, retain };
    return [whole ? rebase : { ...rebase, clones }];
  });
}
