import fc from 'fast-check';
import { judge, parsePlan, type Review, ReviewError } from '../../lib/review';
import { changesOf, planOf } from './changes';
import { placesIn } from './places';
import { attach, disksAfter } from './damages';
import { GENERATIONS, manifestIn, type PlanJson } from './recorded';

const changes = changesOf(GENERATIONS);

function review(plan: PlanJson): Review {
  return judge(parsePlan(JSON.stringify(plan)));
}

/** The changes of the volumes that hold data. */
function dataChanges(plan: PlanJson): PlanJson[] {
  return plan.resource_changes.filter(({ address }: PlanJson) => /__(data|archived)\[/.test(address));
}

function pick<T>(list: readonly T[], at: number): T {
  return list[at % list.length]!;
}

/** Ways to damage one place of a plan so that the fate of a data volume is not the manifest's; `false` when the plan has no such place. */
const MUTATIONS: Record<string, (plan: PlanJson, at: number) => unknown> = {
  'an action': (plan, at) => {
    const { change } = pick(dataChanges(plan), at);
    const others = [
      ['delete'],
      ['delete', 'create'],
      ['create', 'delete'],
      ['forget'],
      ['update'],
      ['create'],
      ['shred'],
      [],
    ];
    const actions = pick(others, at >> 3);
    // A new volume is to be created, and one that is there already, adopted, is another story.
    if (JSON.stringify(actions) === JSON.stringify(change.actions)) return false;
    change.actions = actions;
  },
  'a name': (plan, at) => {
    pick(dataChanges(plan), at).change.after.name += '.old';
  },
  'a storage pool': (plan, at) => {
    pick(dataChanges(plan), at).change.after.pool = 'default';
  },
  'a file': (plan, at) => {
    const { change } = pick(dataChanges(plan), at);
    if (change.actions[0] !== 'no-op') return false;
    change.after.id = '/pool/elsewhere.qcow2';
  },
  'a move': (plan, at) => {
    const moved = pick(dataChanges(plan), at);
    const stranger = dataChanges(plan).find(({ address }: PlanJson) => address !== moved.address);
    if (!stranger) return false;
    moved.previous_address = stranger.address;
  },
  'a change left out': (plan, at) => {
    const gone = pick(dataChanges(plan), at).address;
    plan.resource_changes = plan.resource_changes.filter(({ address }: PlanJson) => address !== gone);
  },
  'a deposed object': (plan, at) => {
    const change = pick(dataChanges(plan), at);
    plan.resource_changes.push({ ...change, deposed: '0a1b2c3d' });
  },
  'a disk left out': (plan, at) => {
    const disk = dataDisk(plan, at);
    disk.list.splice(disk.list.indexOf(disk.disk), 1);
  },
  "another clone's disk": (plan, at) => {
    const { disk, list } = dataDisk(plan, at);
    const others = machines(plan)
      .map((address) => disksAfter(plan, address))
      .filter((one) => one !== list);
    const [stranger] = others
      .flat()
      .filter((one: PlanJson) => typeof one.volume_id === 'string' || one.source?.volume.volume);
    const path = stranger?.volume_id ?? stranger?.source.volume.volume;
    if (path === undefined) return false;
    attach(disk, path);
  },
  'a disk twice': (plan, at) => {
    const { disk } = dataDisk(plan, at);
    disksAfter(plan, pick(machines(plan), at + 1)).push(structuredClone(disk));
  },
  'a role in the manifest': (plan, at) => {
    const { addresses } = manifestIn(plan, 'after');
    const address = pick(
      Object.keys(addresses).filter((one) => /__(data|archived)\[/.test(one)),
      at,
    );
    const role = addresses[address];
    const roles = [
      'overlay',
      'retained',
      'domain',
      'base',
      'storage',
      role.role === 'data' ? 'archived' : 'data',
    ];
    Object.assign(role, { type: 'data', base: 'debian-12', retired: false }, { role: pick(roles, at >> 3) });
    if (role.role === 'overlay' || role.role === 'retained') role.type = 'system';
  },
  'an address in the manifest': (plan, at) => {
    const { addresses } = manifestIn(plan, 'after');
    const address = pick(
      Object.keys(addresses).filter((one) => /__(data|archived)\[/.test(one)),
      at,
    );
    Reflect.deleteProperty(addresses, address);
  },
  'a volume in the manifest': (plan, at) => {
    const { pools } = manifestIn(plan, 'after');
    const clones = Object.values<PlanJson>(pools.students.clones);
    const { volumes } = pick(clones, at);
    Reflect.deleteProperty(
      volumes,
      pick(
        Object.keys(volumes).filter((name) => volumes[name].type === 'data'),
        at,
      ),
    );
  },
  'a clone in the manifest': (plan, at) => {
    const { clones } = manifestIn(plan, 'after').pools.students;
    Reflect.deleteProperty(clones, pick(Object.keys(clones), at));
  },
  'a role in the manifest before': (plan, at) => {
    const before = manifestIn(plan, 'before');
    const address =
      before &&
      pick(
        Object.keys(before.addresses).filter((one) => one.includes('__data[')),
        at,
      );
    if (!address) return false;
    before.addresses[address].role = 'archived';
  },
};

function machines(plan: PlanJson): string[] {
  return plan.resource_changes
    .filter(({ type, change }: PlanJson) => type === 'libvirt_domain' && change.after)
    .map(({ address }: PlanJson) => address);
}

/** A data disk of a machine; data disks come after the overlays. */
function dataDisk(plan: PlanJson, at: number): { list: PlanJson[]; disk: PlanJson } {
  const list = disksAfter(plan, pick(machines(plan), at));
  return { list, disk: list[list.length - 1] };
}

describe('for generated fleets and changes', () => {
  test('the plan that Terraform makes of the code is never refused', () => {
    fc.assert(
      fc.property(changes, (change) => {
        const { verdict, findings } = review(planOf(change));
        expect([verdict === 'refused', findings.filter(({ severity }) => severity === 'refuse')]).toEqual([
          false,
          [],
        ]);
      }),
      { numRuns: 150 },
    );
  });

  test.each(Object.entries(MUTATIONS))(
    '%s, damaged: the plan is not safe, since a data volume would not fare as the manifest says',
    (_what, mutate) => {
      let damaged = 0;
      fc.assert(
        fc.property(changes, fc.nat({ max: 1000 }), (change, at) => {
          const plan = planOf(change);
          fc.pre(mutate(plan, at) !== false);
          damaged += 1;
          let verdict: string;
          try {
            ({ verdict } = review(plan));
          } catch (error) {
            if (!(error instanceof ReviewError)) throw error;
            verdict = error.kind;
          }
          expect(['safe', 'nothing-to-do']).not.toContain(verdict);
        }),
        { numRuns: 60 },
      );
      expect(damaged).toBeGreaterThan(30);
    },
  );

  test('a value of any kind in any place leads to a review or to one clear line, never to a crash', () => {
    fc.assert(
      fc.property(changes, fc.nat(), fc.constantFrom(null, 'x', 7, [], {}, true), (change, at, value) => {
        const plan = planOf(change);
        const places = placesIn(plan);
        const [node, key] = pick(places, at);
        node[key] = value;
        try {
          review(plan);
        } catch (error) {
          if (!(error instanceof ReviewError)) throw error;
          expect(error.message).not.toMatch(/\n/);
        }
      }),
      { numRuns: 300 },
    );
  });
});
