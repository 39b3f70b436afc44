import fc from 'fast-check';
import type { Manifest } from '../../lib/model/manifest';
import type { FleetStatus, StackStatus } from '../../lib/status';
import { fleetStatus, jsonStatus, terminalStatus } from '../../lib/status';
import Ajv from 'ajv';
import schema from '../../lib/status/reporters/status.schema.json';
import { checkFleets, stackOf } from '../support/check-fleets';
import { GENERATIONS } from '../support/declarations';
import { manifest } from '../support/synthesis';
import type { World } from './world';
import { addFile, inputOf, removeFile, worldOf } from './world';

const validate = new Ajv({ allErrors: true }).compile(schema);

function only(status: FleetStatus): StackStatus {
  expect(status.stacks).toHaveLength(1);
  return status.stacks[0]!;
}

/** All clones by `POOL/CLONE`. */
function clonesIn({ pools }: StackStatus): string[] {
  return pools.flatMap(({ pool, clones }) => clones.map(({ clone }) => `${pool}/${clone}`)).sort();
}

function clonesOf({ pools }: Manifest): string[] {
  return Object.entries(pools)
    .flatMap(([pool, { clones }]) => Object.keys(clones).map((clone) => `${pool}/${clone}`))
    .sort();
}

/** All places where files of a host are accounted for. */
function filesIn({ pools, hosts }: StackStatus, host: string): string[] {
  const { bases, orphans, otherFiles } = hosts.find((one) => one.host === host)!;
  const own = pools.filter((pool) => pool.host === host);
  return [
    ...bases.flatMap(({ volumes }) => volumes),
    ...own.flatMap(({ clones }) => clones.flatMap(({ volumes }) => volumes)),
    ...own.flatMap(({ retired }) => retired.flatMap(({ volumes }) => volumes)),
    ...orphans,
    ...otherFiles,
  ].map(({ file }) => file);
}

/** Damages a world at random, a little of everything. */
function damaged(world: World, seed: number): World {
  let state = seed >>> 0;
  const dice = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (const [host, { domains, volumes, power }] of world.hosts) {
    for (const { name } of [...volumes]) if (dice() < 0.1) removeFile(world, host, name);
    for (const domain of [...domains]) {
      if (dice() < 0.2) domains.splice(domains.indexOf(domain), 1);
      else if (dice() < 0.3) {
        domain.running = true;
        power.set(domain.name, 'running');
      }
      if (dice() < 0.2 && volumes[0]) {
        const added = { target: 'vdz', device: 'disk', path: volumes[0].path, backingChain: [] };
        domain.disks = [...domain.disks, added];
      }
    }
    addFile(world, host, 'notes.iso');
    if (volumes[0]) addFile(world, host, 'a.b.c.20250101000000.qcow2', volumes[0].path);
  }
  for (const object of world.objects) {
    if (dice() < 0.05) object.tainted = true;
    if (dice() < 0.05) object.deposed = 'abcd';
  }
  world.objects = world.objects.filter(() => dice() > 0.1);
  return world;
}

describe.each(GENERATIONS)('of a fleet of provider %s', (generation) => {
  test('as it was applied every clone is on the base of its manifest, and nothing is drift, an orphan or of other origin', () => {
    checkFleets(generation, (fleet) => {
      const given = manifest(stackOf(fleet));
      const { pools, hosts, drift } = only(fleetStatus([inputOf(worldOf(given))]));
      expect(drift).toEqual([]);
      for (const { pool, clones, retired } of pools) {
        expect(retired.map(({ clone }) => clone).sort()).toEqual([...given.pools[pool]!.retired].sort());
        for (const { clone, ...status } of clones) {
          const entry = given.pools[pool]!.clones[clone]!;
          expect(status).toMatchObject({ wanted: entry.base, drift: [], power: 'shut off' });
          expect(status.base).toBe(
            Object.values(entry.volumes).some(({ type }) => type === 'system') ? entry.base : undefined,
          );
          expect(status.retainedBase).toBe(entry.retainedBase);
          expect(status.volumes.filter(({ use }) => use === 'current')).toHaveLength(
            Object.keys(entry.volumes).length,
          );
        }
      }
      for (const { orphans, otherFiles, otherBackings } of hosts) {
        expect({ orphans, otherFiles, otherBackings }).toEqual({
          orphans: [],
          otherFiles: [],
          otherBackings: [],
        });
      }
    });
  });

  test('whatever was damaged, every clone of the manifest is there once, every file of a host is accounted for once, and both reports are sound', () => {
    checkFleets(generation, (fleet) => {
      const given = manifest(stackOf(fleet));
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const world = damaged(worldOf(given), seed);
          const status = fleetStatus([inputOf(world)]);
          expect(clonesIn(only(status))).toEqual(clonesOf(given));
          for (const [host, { volumes }] of world.hosts) {
            const files = filesIn(only(status), host);
            for (const { name } of volumes) expect(files.filter((file) => file === name)).toEqual([name]);
          }
          expect(validate(JSON.parse(jsonStatus(status))) ? [] : validate.errors).toEqual([]);
          for (const line of terminalStatus(status).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
        }),
        { numRuns: 3 },
      );
    });
  });

  test('what stands on a base is what has it in its backing chain, and no other file', () => {
    checkFleets(generation, (fleet) => {
      const world = damaged(worldOf(manifest(stackOf(fleet))), 7);
      for (const { host, bases } of only(fleetStatus([inputOf(world)])).hosts) {
        const { volumes, domains } = world.hosts.get(host)!;
        const chains = new Map(
          volumes.flatMap(({ path, backing }) => (backing ? [[path, backing] as const] : [])),
        );
        // What a machine is on counts although its file may be gone.
        for (const disk of domains.flatMap(({ disks }) => disks)) {
          if (disk.path && disk.backingChain[0]) chains.set(disk.path, disk.backingChain[0]);
        }
        const below = (path: string): string[] => {
          const next = chains.get(path);
          return next === undefined ? [] : [next, ...below(next)];
        };
        for (const { file, overlays } of bases.flatMap((base) => base.volumes)) {
          const path = `${world.manifest.hosts[host]!.path}/${file}`;
          const expected = [...chains.keys()].filter((one) => below(one).includes(path));
          expect(overlays.map((overlay) => overlay.path)).toEqual(expected.sort());
        }
      }
    });
  });
});
