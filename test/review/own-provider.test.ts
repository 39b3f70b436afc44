import fc from 'fast-check';
import type { FindingCode, Review } from '../../lib/review';
import { beyond, judge, parsePlan, ReviewError } from '../../lib/review';
import { changesOf, planOf } from './changes';
import { placesIn } from './places';
import type { Stage } from './classroom';
import { stackOf } from './classroom';
import { makePlan } from './plan-maker';
import { changeAt, manifestIn, type PlanJson } from './recorded';

const changes = changesOf(['regraft']);

function review(plan: PlanJson): Review {
  return judge(parsePlan(JSON.stringify(plan)));
}

function made(before: Stage | undefined, after: Stage, context: Record<string, unknown> = {}): PlanJson {
  const old = before && stackOf(before, 'regraft');
  return structuredClone(makePlan(old, stackOf(after, 'regraft', context), 'regraft'));
}

const FIRST = 'regraft_clone.students__student-01';
const SECOND = 'regraft_clone.students__student-02';
const BASE = 'regraft_base.lab__debian-12';

const PLANS = {
  create: () => made(undefined, {}),
  nothing: () => made({}, {}),
  canary: () => made({}, { rebase: ['student-01'] }),
  'canary-nothing': () => made({ rebase: ['student-01'] }, { rebase: ['student-01'] }),
  revert: () => made({ rebase: ['student-01'] }, {}),
  retire: () => made({}, { retired: ['student-02'] }),
  purge: () => made({ retired: ['student-02'] }, { clones: ['student-01'] }),
  give: () =>
    made(
      { retired: ['student-02'] },
      {
        clones: ['student-01', 'student-03'],
        retired: ['student-02'],
        given: { 'student-03': { home: 'student-02/home' } },
      },
    ),
  'drop-base': () =>
    made({ base: 'debian-13', retiredBase: true }, { base: 'debian-13', bases: ['debian-13'] }),
};

type Damage = [code: FindingCode, what: string, plan: keyof typeof PLANS, damage: (plan: PlanJson) => void];

function after(plan: PlanJson, address: string): PlanJson {
  const { change } = changeAt(plan, address);
  // What stays as it is becomes something that is changed.
  if (change.actions[0] === 'no-op') change.actions = ['update'];
  return change.after;
}

function gone(plan: PlanJson, address: string, actions = ['delete']): PlanJson {
  Object.assign(changeAt(plan, address).change, { actions, after: null });
}

const DAMAGES: readonly Damage[] = [
  [
    'RG202',
    'the path of a data volume changed',
    'canary',
    (plan) => (after(plan, FIRST).volumes.home.path = '/pool/x.qcow2'),
  ],
  [
    'RG201',
    'a data volume dropped',
    'canary',
    (plan) => Reflect.deleteProperty(after(plan, FIRST).volumes, 'home'),
  ],
  [
    'RG201',
    'a data volume whose path is nothing',
    'canary',
    (plan) => (after(plan, FIRST).volumes.home.path = null),
  ],
  [
    'RG204',
    'a data volume set aside',
    'canary',
    (plan) => {
      const now = after(plan, FIRST);
      now.archived.home = now.volumes.home.path;
      Reflect.deleteProperty(now.volumes, 'home');
    },
  ],
  ['RG205', 'a data volume that shrinks', 'nothing', (plan) => (after(plan, FIRST).volumes.home.size = 1024)],
  [
    'RG205',
    'a new data volume in another folder',
    'create',
    (plan) => (after(plan, FIRST).volumes.home.path = '/elsewhere/student-01.home.data.qcow2'),
  ],
  [
    'RG205',
    'a new data volume whose path nobody knows',
    'create',
    (plan) => {
      const { change } = changeAt(plan, FIRST);
      Reflect.deleteProperty(change.after.volumes.home, 'path');
      change.after_unknown = { volumes: { home: { path: true } } };
    },
  ],
  [
    'RG202',
    'a kept data volume whose path nobody knows',
    'canary',
    (plan) => {
      const { change } = changeAt(plan, FIRST);
      Reflect.deleteProperty(change.after.volumes.home, 'path');
      change.after_unknown = { volumes: { home: { path: true } } };
    },
  ],
  [
    'RG208',
    'a data volume on a base',
    'create',
    (plan) => (after(plan, FIRST).volumes.home.backing = '/pool/debian-12.root.base.qcow2'),
  ],
  [
    'RG203',
    'a data volume that went, made anew',
    'nothing',
    (plan) => {
      const { change } = changeAt(plan, FIRST);
      change.actions = ['update'];
      change.before.volumes.home.path = null;
      plan.resource_drift = [
        {
          ...structuredClone(changeAt(plan, FIRST)),
          change: { actions: ['update'], before: change.after, after: change.before },
        },
      ];
    },
  ],
  ['RG204', 'a clone destroyed that the code has', 'nothing', (plan) => gone(plan, FIRST)],
  ['RG508', 'a clone destroyed that the code has', 'nothing', (plan) => gone(plan, FIRST)],
  ['RG204', 'a clone forgotten', 'nothing', (plan) => gone(plan, FIRST, ['forget'])],
  [
    'RG201',
    'a clone purged that the code has',
    'nothing',
    (plan) => {
      gone(plan, FIRST);
      changeAt(plan, FIRST).change.before.data_on_destroy = 'purge';
    },
  ],
  [
    'RG202',
    'a clone replaced that purges',
    'nothing',
    (plan) => {
      const { change } = changeAt(plan, FIRST);
      change.actions = ['delete', 'create'];
      change.before.data_on_destroy = 'purge';
    },
  ],
  [
    'RG201',
    'a purge of a clone that is still retired',
    'purge',
    (plan) => manifestIn(plan, 'after').pools.students.retired.push('student-02'),
  ],
  ['RG201', 'a purge of a file that another clone has taken over', 'give', (plan) => gone(plan, SECOND)],
  [
    'RG207',
    'a deposed clone',
    'nothing',
    (plan) => plan.resource_changes.push({ ...structuredClone(changeAt(plan, FIRST)), deposed: 'ab12' }),
  ],
  [
    'RG104',
    'a clone left out',
    'canary',
    (plan) => {
      delete plan.complete;
      plan.resource_changes = plan.resource_changes.filter(({ address }: PlanJson) => address !== SECOND);
    },
  ],
  [
    'RG106',
    'an action that nobody knows',
    'canary',
    (plan) => (changeAt(plan, FIRST).change.actions = ['update', 'shred']),
  ],
  ['RG302', 'a base in use deleted', 'canary', (plan) => gone(plan, BASE)],
  [
    'RG301',
    'a base in use at another path',
    'nothing',
    (plan) => (after(plan, BASE).volumes.root.path = '/pool/other.qcow2'),
  ],
  [
    'RG301',
    'a base in use of another image',
    'nothing',
    (plan) => (after(plan, BASE).volumes.root.image = 'other.qcow2'),
  ],
  [
    'RG305',
    'a base deleted that was not retired',
    'drop-base',
    (plan) => {
      const before = manifestIn(plan, 'before');
      before.bases['lab/debian-12'].retired = false;
      before.addresses[`${BASE}.volumes["root"]`].retired = false;
    },
  ],
  [
    'RG401',
    'a new overlay on the old base',
    'canary',
    (plan) => (after(plan, FIRST).volumes.root.backing = '/pool/debian-12.root.base.qcow2'),
  ],
  [
    'RG440',
    'a new overlay that takes its base for raw',
    'canary',
    (plan) => (after(plan, FIRST).volumes.root.backing_format = 'raw'),
  ],
  [
    'RG403',
    'the way back replaced',
    'canary-nothing',
    (plan) => (after(plan, FIRST).retained.root = '/pool/new.qcow2'),
  ],
  [
    'RG403',
    'the way back dropped',
    'canary',
    (plan) => {
      Object.assign(after(plan, FIRST), { retain: null, retained: {} });
    },
  ],
  [
    'RG403',
    'a revert onto a fresh overlay',
    'revert',
    (plan) => (after(plan, FIRST).volumes.root.path = '/pool/new.qcow2'),
  ],
  [
    'RG506',
    'another UUID',
    'canary',
    (plan) => (after(plan, FIRST).uuid = '00000000-0000-4000-8000-000000000000'),
  ],
  ['RG506', 'another MAC address', 'canary', (plan) => (after(plan, FIRST).macs[0] = '52:54:00:00:00:01')],
  ['RG506', 'another name', 'canary', (plan) => (after(plan, FIRST).name = 'student-1')],
  [
    'RG502',
    'a data volume on another device',
    'nothing',
    (plan) => (after(plan, FIRST).volumes.home.target = 'vde'),
  ],
  [
    'RG504',
    "another clone's data volume",
    'canary',
    (plan) => (after(plan, FIRST).volumes.home.path = changeAt(plan, SECOND).change.before.volumes.home.path),
  ],
];

describe('a plan of regraft’s own provider, damaged in one place, is refused', () => {
  test.each(DAMAGES)('%s %s (%s)', (code, _what, name, damage) => {
    const plan = PLANS[name]();
    expect(review(plan).findings.filter(({ severity }) => severity === 'refuse')).toEqual([]);
    damage(plan);
    const found = review(plan);
    expect(found.findings.filter(({ severity }) => severity === 'refuse').map((one) => one.code)).toContain(
      code,
    );
    expect(found.verdict).toBe('refused');
  });
});

describe('a plan of regraft’s own provider', () => {
  test('is never refused as it comes from the code', () => {
    fc.assert(
      fc.property(changes, (change) => {
        const { findings } = review(planOf(change));
        expect(findings.filter(({ severity }) => severity === 'refuse')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('is not safe when the file of any data volume that it keeps is another one, or none', () => {
    fc.assert(
      fc.property(
        changes,
        fc.nat(),
        fc.constantFrom('/pool/other.qcow2', null, undefined),
        (change, at, path) => {
          const plan = planOf(change);
          const { addresses } = manifestIn(plan, 'after');
          const kept = plan.resource_changes.flatMap(({ address, change: { after: now } }: PlanJson) =>
            Object.entries<PlanJson>(now?.volumes ?? {})
              .filter(([name, { type }]) =>
                ['volumes', 'archived'].some(
                  (map) => type === 'data' && `${address}.${map}["${name}"]` in addresses,
                ),
              )
              .map(([, volume]) => volume),
          );
          fc.pre(kept.length > 0);
          kept[at % kept.length].path = path;
          expect(review(plan).verdict).toBe('refused');
        },
      ),
      { numRuns: 100 },
    );
  });

  test('with a value of any kind in any place leads to a review or to one clear line, never to a crash', () => {
    fc.assert(
      fc.property(changes, fc.nat(), fc.constantFrom(null, 'x', 7, [], {}, true), (change, at, value) => {
        const plan = planOf(change);
        const places = placesIn(plan.resource_changes);
        const [node, key] = places[at % places.length]!;
        node[key] = value;
        try {
          review(plan);
        } catch (error) {
          if (!(error instanceof ReviewError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that only changes words of the state has something to do, and nothing becomes of anything', () => {
    const plan = PLANS.nothing();
    after(plan, FIRST).data_on_destroy = 'purge';
    const { verdict, findings, totals } = review(plan);
    expect([verdict, findings, totals.machines, totals.data]).toEqual([
      'safe',
      [],
      { unchanged: 2 },
      { kept: 3 },
    ]);
    expect(beyond(parsePlan(JSON.stringify(PLANS.nothing())), parsePlan(JSON.stringify(plan)))).toEqual([
      `${FIRST}: an update, which was not in the plan`,
    ]);
  });

  test('that restores a clone is a restore of that clone only', () => {
    const plan = made({}, {}, { 'regraft:restore': { 'students/student-02': 'now' } });
    const codes = (restored: string[]) =>
      judge(parsePlan(JSON.stringify(plan)), { restored }).findings.map(({ code, severity, clone }) =>
        [code, severity, clone].join(' '),
      );
    expect(codes(['students/student-02'])).toEqual(['RG405 info student-02', 'RG405 info student-02']);
    expect(new Set(codes(['students/student-01']))).toEqual(new Set(['RG405 refuse student-02']));
  });

  test('that grows a data volume is safe', () => {
    const plan = PLANS.nothing();
    after(plan, FIRST).volumes.home.size *= 2;
    expect([review(plan).verdict, review(plan).findings]).toEqual(['safe', []]);
  });

  test('that replaces a clone keeps its data, and is a restore of all else', () => {
    const plan = PLANS.nothing();
    const { change } = changeAt(plan, FIRST);
    change.actions = ['delete', 'create'];
    for (const name of ['root', 'scratch']) change.after.volumes[name].path += '.new';
    const { totals, findings } = review(plan);
    expect(totals.data).toEqual({ kept: 3 });
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['RG405']));
  });

  test('keeps the UUID of a machine that was made otherwise, whatever the code would give it', () => {
    const plan = PLANS.canary();
    const { change } = changeAt(plan, FIRST);
    for (const values of [change.before, change.after]) values.uuid = '00000000-0000-4000-8000-000000000000';
    expect(review(plan).findings.filter(({ code }) => code === 'RG506')).toEqual([]);
    change.before = null;
    expect(review(plan).findings.map(({ code }) => code)).toContain('RG506');
  });

  test('hides what Terraform marks as sensitive', () => {
    const plan = PLANS.canary();
    Object.assign(changeAt(plan, FIRST).change, { after_sensitive: { volumes: { home: { file: true } } } });
    after(plan, FIRST).volumes.home.path = '/pool/secret.qcow2';
    expect(JSON.stringify(review(plan))).not.toContain('secret');
  });

  test('that purges a clone deletes nothing that another one has taken over', () => {
    const before: Stage = {
      data: ['home', 'mail'],
      clones: ['student-01', 'student-03'],
      retired: ['student-02'],
      given: { 'student-03': { home: 'student-02/home' } },
    };
    const { verdict, findings } = review(made(before, { ...before, retired: [] }));
    expect([verdict, findings.map(({ code, clone }) => `${code} ${clone}`)]).toEqual([
      'safe',
      ['RG210 student-02', 'RG210 student-02'],
    ]);
  });

  test('that finds a base on the host, which the state has lost, takes it over, since the provider compares it with its image', () => {
    const volume = { name: 'debian-12.root.base.qcow2', path: '/pool/debian-12.root.base.qcow2' };
    const host = {
      host: 'lab',
      domains: [],
      available: 1e15,
      volumes: [{ ...volume, allocation: 1, capacity: 1 }],
    };
    const { verdict, bases } = judge(parsePlan(JSON.stringify(PLANS.create())), { facts: [host] });
    expect([verdict, bases.find(({ base }) => base === 'debian-12')!.fate]).toEqual(['safe', 'adopted']);
  });
});
