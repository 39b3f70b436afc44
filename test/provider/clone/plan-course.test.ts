import fc from 'fast-check';
import { dataPathsOf } from '../../../lib/provider/clone/changes';
import type { CloneState } from '../../../lib/provider/clone/clone-state';
import type { ObjectValue } from '../../../lib/provider/protocol/values';
import { config, errorsOf, GIB, World } from './world';

/** A configuration that a user comes to, whatever it was before. */
const configurations = fc
  .record({
    base: fc.constantFrom('v1', 'v2', 'v3'),
    retain: fc.constantFrom(null, null, 'v1', 'v2', 'v3'),
    retired: fc.constantFrom(null, null, false, true),
    restore: fc.constantFrom(null, null, 'a', 'b'),
    extra: fc.constantFrom(null, null, GIB, 3 * GIB),
    home: fc.constantFrom(null, 2 * GIB, 4 * GIB),
    file: fc.constantFrom(null, null, 'old.qcow2', 'older.qcow2'),
    cloudInit: fc.constantFrom(null, 'one', 'two'),
    time: fc.constantFrom(undefined, '20260101000000', '20270101000000'),
  })
  .map(({ base, retain, retired, restore, extra, home, file, cloudInit, time }) => ({
    time,
    value: config(
      {
        ...{ base, retain, retired, restore },
        cloud_init:
          cloudInit === null
            ? null
            : { user_data: cloudInit, meta_data: '', network_config: null, path: null },
      },
      {
        home: { type: 'data', size: home },
        extra: extra === null ? null : { type: 'data', size: extra, file },
      },
    ),
  }));

const courses = fc.array(configurations, { minLength: 1, maxLength: 12 });

function follow(
  steps: readonly { time: string | undefined; value: ObjectValue }[],
  look: (world: World, before: CloneState | null, value: ObjectValue) => void,
): void {
  const world = new World();
  for (const { time, value } of steps) {
    world.planTime = time;
    if (errorsOf(world.plan(value)).length > 0) continue;
    const before = world.state;
    world.apply(value);
    look(world, before, value);
  }
}

test('no course of plans ever loses the path of a data volume, or its file', () => {
  fc.assert(
    fc.property(courses, (steps) => {
      follow(steps, (world, before) => {
        const after = dataPathsOf(world.state);
        for (const path of dataPathsOf(before)) {
          expect(after).toContain(path);
          expect([...world.volumes.keys()]).toContain(path);
        }
      });
    }),
  );
});

test('a plan of what is there changes nothing', () => {
  fc.assert(
    fc.property(courses, (steps) => {
      follow(steps, (world, _, value) => {
        world.planTime = '20300101000000';
        expect(world.plan(value).planned).toEqual(world.state);
      });
    }),
  );
});

test('a plan is the same when it is asked twice, and says what the configuration says', () => {
  fc.assert(
    fc.property(courses, configurations, (steps, { value }) => {
      const world = new World();
      for (const step of steps) if (errorsOf(world.plan(step.value)).length === 0) world.apply(step.value);
      const plan = world.plan(value);
      expect(world.plan(value)).toEqual(plan);
      expectConfigured(value, plan.planned);
    }),
  );
});

/** What is configured stands in the plan as it is (Terraform, `AssertPlanValid`). */
function expectConfigured(said: ObjectValue, planned: ObjectValue): void {
  for (const [name, value] of Object.entries(said)) {
    if (value === null) continue;
    if (typeof value === 'object' && !Array.isArray(value))
      expectConfigured(value as ObjectValue, planned[name] as ObjectValue);
    else expect(planned[name]).toEqual(value);
  }
}

test('every file of a machine is on the host, and every overlay that nothing needs any more is gone', () => {
  fc.assert(
    fc.property(courses, (steps) => {
      follow(steps, (world) => {
        const state = world.state!;
        const used = Object.values(state.volumes).flatMap(({ path }) => (path === null ? [] : [path]));
        const medium = state.cloud_init?.path ?? null;
        const wanted = [
          ...used,
          ...Object.values(state.retained),
          ...Object.values(state.archived),
          ...(medium === null ? [] : [medium]),
        ];
        expect([...world.volumes.keys()].sort()).toEqual([...new Set(wanted)].sort());
      });
    }),
  );
});

test('going back to the retained base gives exactly the former system overlays', () => {
  fc.assert(
    fc.property(courses, (steps) => {
      const world = new World();
      for (const { value } of steps) if (errorsOf(world.plan(value)).length === 0) world.apply(value);
      if (world.state === null || world.state.retired === true) return;
      const from = world.state;
      const to = from.base === 'v1' ? 'v2' : 'v1';
      const { extra } = from.volumes;
      const volumes = { extra: extra ? { type: 'data', file: extra.file, size: extra.size } : null };
      const settings = { restore: from.restore };
      world.apply(config({ ...settings, base: to, retain: from.base }, volumes));
      expect(world.state.retained).toEqual({ root: from.volumes['root']!.path });
      world.apply(config({ ...settings, base: from.base }, volumes));
      expect(world.state.volumes['root']).toEqual(from.volumes['root']);
      expect(world.state.volumes['home']).toEqual(from.volumes['home']);
      expect(world.state.volumes['extra']).toEqual(from.volumes['extra']);
    }),
  );
});

test('promote touches no path', () => {
  const world = new World();
  world.apply(config());
  const { volumes } = world.apply(config({ base: 'v2', retain: 'v1' }));
  const promoted = world.apply(config({ base: 'v2' }));
  expect(promoted.volumes).toEqual(volumes);
  expect(promoted.retained).toEqual({});
});
