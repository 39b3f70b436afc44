import { changesOf } from '../../../lib/provider/clone/changes';
import { cloneStateOf } from '../../../lib/provider/clone/clone-config';
import { composeDomain } from '../../../lib/provider/clone/domain-xml';
import type { ClonePlan } from '../../../lib/provider/clone/plan';
import { planClone, planDestruction } from '../../../lib/provider/clone/plan';
import type { ObjectValue } from '../../../lib/provider/protocol/values';
import { base, config, DOMAIN_XML, errorsOf, GIB, STORAGE, warningsOf, World } from './world';

let world: World;

beforeEach(() => {
  world = new World();
});

const pathOf = (value: ObjectValue, volume: string): unknown =>
  ((value['volumes'] as ObjectValue)[volume] as ObjectValue)['path'];

test('a new clone has all its names in the plan', () => {
  const { planned, diagnostics } = world.plan(config({ retain: 'v2' }));
  expect(diagnostics).toEqual([]);
  expect(planned).toMatchObject({
    autostart: false,
    restore: null,
    data_on_destroy: 'keep',
    retained: { root: `${STORAGE.path}/web.root.v2.20260101000000.qcow2` },
    archived: {},
    drift: [],
    volumes: {
      root: {
        ...{
          path: `${STORAGE.path}/web.root.v1.20260101000000.qcow2`,
          backing: `${STORAGE.path}/v1.root.base.qcow2`,
        },
        ...{ backing_format: 'qcow2', size: 2 * GIB, bus: 'virtio', target: 'vda', boot: true, file: null },
      },
      scratch: {
        path: `${STORAGE.path}/web.scratch.v1.20260101000000.qcow2`,
        backing: null,
        target: 'vdb',
        boot: false,
      },
      home: {
        path: `${STORAGE.path}/web.home.data.qcow2`,
        file: 'web.home.data.qcow2',
        target: 'vdc',
        format: 'qcow2',
      },
    },
  });
  expect(planned['uuid']).toMatch(/^[0-9a-f-]{36}$/);
  expect(planned['macs']).toEqual([expect.stringMatching(/^52:54:00:/)]);
});

test('without a time names end in a counter, and never in a number that was there', () => {
  world.planTime = undefined;
  world.apply(config());
  expect(pathOf(world.plan(config({ base: 'v2' })).planned, 'root')).toMatch(/\.v2\.00000000000001\.qcow2$/);
  world.planTime = '20270101000000';
  world.apply(config({ base: 'v2', retain: 'v1' }));
  world.planTime = '20260101000000';
  expect(pathOf(world.plan(config({ base: 'v3' })).planned, 'root')).toMatch(/\.v3\.20270101000001\.qcow2$/);
});

test('restore makes system and temporary volumes anew, and leaves data and what is retained', () => {
  world.apply(config());
  const before = world.apply(config({ base: 'v2', retain: 'v1' }));
  world.planTime = '20270101000000';
  const after = world.apply(config({ base: 'v2', retain: 'v1', restore: 'now' }));
  for (const volume of ['root', 'scratch'])
    expect(after.volumes[volume]!.path).toMatch(/\.v2\.20270101000000\./);
  expect(after.volumes['home']).toEqual(before.volumes['home']);
  expect(after.retained).toEqual(before.retained);
  expect(cloneStateOf(world.plan(config({ base: 'v2', retain: 'v1' })).planned)).toEqual(after);
});

test('a data volume that is taken out is archived, and comes back with its file', () => {
  world.apply(config({}, { extra: { type: 'data', size: GIB } }));
  const dropped = world.plan(config());
  expect(warningsOf(dropped)).toEqual([
    expect.stringContaining('web.extra.data.qcow2 is kept in the storage pool'),
  ]);
  expect(world.apply(config()).archived).toEqual({ extra: `${STORAGE.path}/web.extra.data.qcow2` });
  const back = world.plan(config({}, { extra: { type: 'data' } }));
  expect(warningsOf(back)).toEqual([expect.stringContaining('is found again')]);
  expect(back.planned['archived']).toEqual({});
});

test('a machine with the mark of the clone is taken over with its volumes', () => {
  const made = world.apply(config({ retain: 'v2' }));
  world.state = null;
  world.planTime = '20270101000000';
  const plan = world.plan(config({ retain: 'v2' }));
  const [warning] = warningsOf(plan).filter((text) => text.includes('machine web'));
  expect(warning).toMatch(/2026-01-01 00:00:00 UTC.*on base v1.*its system and its data stay/);
  expect(plan.planned).toEqual(made);
});

test('a machine that runs is not taken over by a create, except as the create would have left it', () => {
  const made = world.apply(config());
  const xml = world.machines.get('web')!.xml;
  world.machine('web', xml, { uuid: made.uuid, state: 'running' });
  world.state = null;
  expect(errorsOf(world.plan(config()))).toEqual([
    expect.stringMatching(/2026-01-01 00:00:00 UTC.*is running.*import \{ to = ADDRESS, id = "web" \}/),
  ]);
  const power = (value: ObjectValue): ClonePlan =>
    planClone({ prior: null, config: value, facts: { ...world.facts, power: 'on' } });
  expect(errorsOf(power(config()))).toEqual([]);
  expect(errorsOf(power(config({ base: 'v2' })))).toEqual([expect.stringContaining('import {')]);
});

test('a run that broke off after the machine was defined on another base is gone on with', () => {
  world.apply(config());
  const before = world.state;
  world.apply(config({ base: 'v2', retain: 'v1' }));
  const after = world.state;
  world.state = before;
  world.planTime = '20270101000000';
  expect(pathOf(world.plan(config({ base: 'v2', retain: 'v1' })).planned, 'root')).toBe(
    after!.volumes['root']!.path,
  );
});

test('another name makes another clone, and the data of the former stays', () => {
  world.apply(config());
  const plan = world.plan(config({ name: 'www' }));
  expect(plan.requiresReplace).toEqual([['name']]);
  expect(warningsOf(plan)).toEqual([expect.stringContaining('web.home.data.qcow2 stay in the storage pool')]);
});

test('drift is planned away', () => {
  world.apply(config());
  world.state = { ...world.state!, drift: ['memory is 4 GiB, was 2 GiB'] };
  expect(world.plan(config()).planned['drift']).toEqual([]);
});

test('a volume that comes or goes moves no disk to another device, nor onto one attached by hand', () => {
  const state = world.apply(config());
  const disk =
    '<disk type="file" device="disk"><source file="/x"/><target dev="vdd" bus="virtio"/></disk></devices>';
  world.machine('web', composeDomain(state).replace('</devices>', disk), { uuid: state.uuid });
  const plan = world.plan(config({}, { extra: { type: 'data', size: GIB } }));
  const volumes = plan.planned['volumes'] as Record<string, ObjectValue>;
  expect(
    Object.entries(volumes)
      .map(([name, { target }]) => `${name} ${String(target)}`)
      .sort(),
  ).toEqual(['extra vde', 'home vdc', 'root vda', 'scratch vdb']);
  expect(warningsOf(plan)).toContain('machine web keeps what was added by hand: disk vdd (/x)');
});

describe('a running machine', () => {
  beforeEach(() => {
    const state = world.apply(config());
    world.machine('web', composeDomain(state), { uuid: state.uuid, state: 'running', snapshots: ['before'] });
  });

  test('is asked to shut down when its disks change, and its snapshots are named', () => {
    expect(warningsOf(world.plan(config({ base: 'v2' })))).toEqual([
      'machine web is running: it is asked to shut down (300 s, then the apply stops), and it is started again afterwards',
      'machine web has snapshots (before) that belong to web.root.v1.20260101000000.qcow2: they cannot be gone back to afterwards',
    ]);
  });

  test('goes on with another definition, which is effective later', () => {
    const more = { domain_xml: DOMAIN_XML.replace('>1</vcpu>', '>2</vcpu>') };
    expect(warningsOf(world.plan(config(more)))).toEqual([
      'machine web runs: its new definition is effective when it is next started',
    ]);
    expect(
      warningsOf(world.plan(config({ domain_xml: DOMAIN_XML.replace('<vcpu>', '<!-- one -->\n<vcpu>') }))),
    ).toEqual([]);
  });

  test('is named when the clone is destroyed, and so is the data that goes', () => {
    const purged = planDestruction({ ...world.state!, data_on_destroy: 'purge' }, world.facts).map(
      ({ summary }) => summary,
    );
    expect(purged[0]).toContain(`${STORAGE.path}/web.home.data.qcow2`);
    expect(purged[1]).toContain('runs and is shut down');
    expect(planDestruction(world.state!, world.facts).some(({ summary }) => summary.includes('home'))).toBe(
      false,
    );
  });
});

describe('an error', () => {
  const first = (value: ObjectValue): { summary: string; attribute: unknown } => {
    const [error] = world.plan(value).diagnostics.filter(({ severity }) => severity === 'error');
    return { summary: error?.summary ?? 'none', attribute: error?.attribute };
  };
  const at = (volume: string, attribute: string): unknown => ['volumes', { key: volume }, attribute];

  test('for a base that was not planned', () => {
    const { summary, attribute } = first(config({ base: 'v11' }));
    expect(attribute).toEqual(['base']);
    expect(summary).toContain('did you mean "v1"');
    expect(summary).toContain('regraft_base.NAME.name');
  });

  test('for a retained base that is the base', () => {
    expect(first(config({ retain: 'v1' }))).toMatchObject({ attribute: ['retain'] });
  });

  test('for another outline, with the difference', () => {
    const [error] = world.plan(config({}, { scratch: null, root: { type: 'data' } })).diagnostics;
    expect(error).toMatchObject({ severity: 'error', attribute: ['volumes'] });
    expect(error!.detail).toMatch(/\+scratch: temporary[\s\S]*-root: data/);
  });

  test('for a data volume that would shrink', () => {
    world.apply(config({}, { home: { type: 'data', size: 4 * GIB } }));
    expect(first(config({}, { home: { type: 'data', size: 3 * GIB } }))).toMatchObject({
      attribute: at('home', 'size'),
    });
  });

  test('for a data volume that is gone', () => {
    world.apply(config());
    world.volumes.delete(`${STORAGE.path}/web.home.data.qcow2`);
    const { summary, attribute } = first(config({ base: 'v2' }));
    expect(attribute).toEqual(at('home', 'path'));
    expect(summary).toContain('bring it back');
  });

  test('for an archived data volume that is gone', () => {
    world.apply(config({}, { extra: { type: 'data', size: GIB } }));
    world.apply(config());
    world.volumes.delete(`${STORAGE.path}/web.extra.data.qcow2`);
    expect(first(config({}, { extra: { type: 'data', size: GIB } })).summary).toContain('bring it back');
  });

  test('for another file or format of a data volume', () => {
    world.apply(config());
    expect(first(config({}, { home: { type: 'data', file: 'x.qcow2' } }))).toMatchObject({
      attribute: at('home', 'file'),
    });
    expect(first(config({}, { home: { type: 'data', format: 'raw' } }))).toMatchObject({
      attribute: at('home', 'format'),
    });
  });

  test('for a file that another machine uses', () => {
    world.file(`${STORAGE.path}/web.home.data.qcow2`);
    world.machine(
      'other',
      `<domain><name>other</name><devices><disk type="volume"><source pool="lab" volume="web.home.data.qcow2"/><target dev="vda"/></disk></devices></domain>`,
    );
    expect(first(config())).toMatchObject({
      attribute: at('home', 'file'),
      summary: expect.stringContaining('machine other'),
    });
  });

  test('for a file of two volumes', () => {
    expect(
      first(config({}, { extra: { type: 'data', size: GIB, file: 'web.home.data.qcow2' } })).summary,
    ).toContain('are both in');
  });

  test('for a machine of that name that is not its own', () => {
    world.machine('web', '<domain><name>web</name><uuid>1</uuid></domain>');
    expect(first(config())).toMatchObject({
      attribute: ['name'],
      summary: expect.stringContaining('import it'),
    });
    expect(first(config({ retired: true })).summary).toContain('import it');
  });

  test('for a saved memory image, only when the disks change', () => {
    const state = world.apply(config());
    world.machine('web', composeDomain(state), { uuid: state.uuid, saved: true });
    expect(first(config({ base: 'v2' })).summary).toContain('saved memory image');
    expect(first(config({ data_on_destroy: 'purge' })).summary).toBe('none');
  });

  test('for another name of a clone whose data would be deleted', () => {
    world.apply(config({ data_on_destroy: 'purge' }));
    expect(first(config({ name: 'www' })).summary).toContain('would delete its data');
  });

  test('for another UUID than the machine has', () => {
    world.apply(config());
    const uuid = '<uuid>11111111-1111-4111-8111-111111111111</uuid><memory';
    expect(first(config({ domain_xml: DOMAIN_XML.replace('<memory', uuid) })).summary).toContain(
      'which it keeps',
    );
  });

  test('not for one that its definition has said ever since, as of a machine that was made otherwise', () => {
    const state = world.apply(config());
    const xml = DOMAIN_XML.replace('<memory', '<uuid>11111111-1111-4111-8111-111111111111</uuid><memory');
    world.state = { ...state, domain_xml: xml };
    const { planned, diagnostics } = world.plan(config({ domain_xml: xml }));
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(planned['uuid']).toBe(state.uuid);
  });

  test('for a definition with disks', () => {
    const xml = DOMAIN_XML.replace('<devices>', '<devices><disk><target dev="vda"/></disk>');
    expect(first(config({ domain_xml: xml }))).toMatchObject({
      attribute: ['domain_xml'],
      summary: expect.stringContaining('(vda)'),
    });
  });

  test('for a volume without any size', () => {
    world.bases.set('v1', base('v1', { scratch: { ...base('v1').volumes['scratch']!, size: null } }));
    expect(first(config())).toMatchObject({ attribute: at('scratch', 'size') });
    expect(
      first(config({}, { scratch: { type: 'temporary', size: GIB }, extra: { type: 'data' } })),
    ).toMatchObject({
      attribute: at('extra', 'size'),
    });
  });

  test('for an overlay smaller than its base volume', () => {
    expect(first(config({}, { root: { type: 'system', size: GIB } }))).toMatchObject({
      attribute: at('root', 'size'),
    });
  });

  test('for a storage pool that cannot be seen into', () => {
    world.apply(config());
    const facts = world.facts;
    const { listing } = facts;
    Object.defineProperty(world, 'facts', {
      get: () => ({
        ...facts,
        listing: { ...listing, volumes: new Set(), storage: { ...listing.storage!, active: false } },
      }),
    });
    expect(errorsOf(world.plan(config()))[0]).toContain('virsh pool-start lab');
  });
});

test('whether a machine starts with its host is a change of that alone', () => {
  const before = world.apply(config());
  const { planned } = world.plan(config({ autostart: true }));
  expect(planned['autostart']).toBe(true);
  const { autostart, ...others } = changesOf(before, cloneStateOf(planned));
  expect(autostart).toBe(true);
  expect(others).toEqual({
    ...{ overlays: [], data: [], grow: [], medium: undefined, disks: false, definition: false },
    ...{ machine: 'keep', removed: [], purged: [] },
  });
});
