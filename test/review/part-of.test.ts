import fc from 'fast-check';
import { beyond, parsePlan, targetsOf } from '../../lib/review';
import { stackOf } from './classroom';
import { makePlan } from './plan-maker';
import { changeAt, GENERATIONS, manifestIn, type PlanJson, recorded, recordedNames } from './recorded';

/** What a plan does that an approved one does not. */
function found(approved: PlanJson, part: PlanJson): string[] {
  return beyond(parsePlan(JSON.stringify(approved)), parsePlan(JSON.stringify(part)));
}

/** As Terraform limits a plan with -target: what is not meant stays as it is. */
function limited(plan: PlanJson, targets: readonly string[]): PlanJson {
  const part = JSON.parse(JSON.stringify(plan)) as PlanJson;
  for (const one of part.resource_changes) {
    if (targets.includes(one.address)) continue;
    one.change = { ...one.change, actions: ['no-op'], after: one.change.before, after_unknown: {} };
  }
  // What is not there yet and not meant is no part of such a plan at all.
  part.resource_changes = part.resource_changes.filter(
    ({ change }: PlanJson) => change.before !== null || change.actions[0] !== 'no-op',
  );
  return part;
}

/** The plan of a later look: overlays have other times in their names. */
function later(plan: PlanJson): PlanJson {
  return JSON.parse(JSON.stringify(plan).replace(/\.\d{14}\.qcow2/g, '.20270101000000.qcow2')) as PlanJson;
}

/** A plan with one place of it changed. */
function changed(plan: PlanJson, change: (plan: PlanJson) => void): PlanJson {
  const copy = JSON.parse(JSON.stringify(plan)) as PlanJson;
  change(copy);
  return copy;
}

test.each(recordedNames())('the recorded plan %s is a part of itself, now and later', (name) => {
  expect(found(recorded(name), recorded(name))).toEqual([]);
  expect(found(recorded(name), later(recorded(name)))).toEqual([]);
});

test('a plan that Terraform itself has limited is a part of the whole, and the whole is none of it', () => {
  const [whole, part] = [recorded('0.8-canary'), recorded('0.8-targeted')];
  expect(found(whole, part)).toEqual([]);
  expect(found(part, whole)).toContain(
    'libvirt_volume.students__student-01__scratch__debian-12: delete, which was not in the plan',
  );
});

test('what was approved is no part of doing nothing, and doing nothing is a part of everything but for the outputs', () => {
  for (const generation of GENERATIONS) {
    expect(found(recorded(`${generation}-canary`), recorded(`${generation}-canary-nothing`))).toEqual([]);
    expect(found(recorded(`${generation}-canary-nothing`), recorded(`${generation}-canary`))).not.toEqual([]);
  }
});

const CLONES = ['ann', 'bob', 'cem', 'dan'];

/** Made once: synthesis takes most of the time. */
const whole = Object.fromEntries(
  GENERATIONS.map((generation) => {
    const stage = { clones: CLONES, data: ['home'], extra: { bob: ['notes'] } };
    const before = stackOf(stage, generation);
    const plan = makePlan(before, stackOf({ ...stage, rebase: 'all' }, generation), generation);
    return [generation, JSON.parse(JSON.stringify(plan)) as PlanJson];
  }),
);

test('a plan that is limited to some clones is a part of the whole, and a whole that moves more is no part of it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...GENERATIONS), fc.subarray(CLONES), (generation, clones) => {
      const plan = whole[generation]!;
      const targets = targetsOf(
        parsePlan(JSON.stringify(plan)),
        clones.map((clone) => ({ pool: 'students', clone })),
      );
      const part = later(limited(plan, targets));
      expect(found(plan, part)).toEqual([]);
      expect(found(part, plan).length === 0).toBe(clones.length === CLONES.length);
    }),
    { numRuns: 40 },
  );
});

const DOMAIN = 'libvirt_domain.students__ann';
const OVERLAY = 'libvirt_volume.students__ann__root__debian-13';
const GONE = 'libvirt_volume.students__ann__scratch__debian-12';
const plan08 = (): PlanJson => JSON.parse(JSON.stringify(whole['0.8'])) as PlanJson;

test.each<[string, (plan: PlanJson) => void, RegExp]>([
  [
    'an object that was not in the plan',
    (plan) => plan.resource_changes.push({ ...changeAt(plan, OVERLAY), address: 'libvirt_volume.new' }),
    /^libvirt_volume.new: create, which was not in the plan$/,
  ],
  [
    'a greater effect',
    (plan) => (changeAt(plan, 'libvirt_volume.students__ann__root__debian-12').change.actions = ['delete']),
    /^libvirt_volume.students__ann__root__debian-12: delete, approved was no-op$/,
  ],
  [
    'a deletion where a creation was approved',
    (plan) => (changeAt(plan, OVERLAY).change.actions = ['delete']),
    /root__debian-13: delete, approved was create$/,
  ],
  [
    'an update to another value where a creation was approved',
    (plan) => {
      const { change } = changeAt(plan, OVERLAY);
      change.actions = ['update'];
      change.before = { ...change.after };
      change.after.pool = 'elsewhere';
    },
    /root__debian-13: pool is another than in the plan$/,
  ],
  [
    'an update where a replacement was approved',
    (plan) => (changeAt(plan, DOMAIN).change.actions = ['update']),
    /^libvirt_domain.students__ann: update, approved was delete, create$/,
  ],
  [
    'an action that nobody knows',
    (plan) => (changeAt(plan, OVERLAY).change.actions = ['transmute']),
    /root__debian-13: transmute, approved was create$/,
  ],
  [
    'another value',
    (plan) => (changeAt(plan, DOMAIN).change.after.memory = 4096),
    /^libvirt_domain.students__ann: memory is another than in the plan$/,
  ],
  [
    'another value deep inside',
    (plan) => (changeAt(plan, DOMAIN).change.after.network_interface[0].mac = '52:54:00:00:00:01'),
    /^libvirt_domain.students__ann: network_interface\.0\.mac is another than in the plan$/,
  ],
  [
    'another name that is not only another time',
    (plan) => (changeAt(plan, OVERLAY).change.after.name = 'bob.root.debian-13.20260202000000.qcow2'),
    /root__debian-13: name is another than in the plan$/,
  ],
  [
    'a value more',
    (plan) => (changeAt(plan, DOMAIN).change.after.autostart = true),
    /ann: autostart is another than in the plan$/,
  ],
  [
    'a value less',
    (plan) => delete changeAt(plan, DOMAIN).change.after.vcpu,
    /ann: vcpu is another than in the plan$/,
  ],
  [
    'a deletion of another file than was approved',
    (plan) => (changeAt(plan, GONE).change.before.name = 'bob.home.data.qcow2'),
    /scratch__debian-12: name is another than in the plan$/,
  ],
  [
    'a move',
    (plan) => (changeAt(plan, DOMAIN).previous_address = 'libvirt_domain.students__bob'),
    /ann: moved from libvirt_domain.students__bob, approved was no move$/,
  ],
  [
    'the deletion of a deposed object of what was to stay',
    (plan) =>
      plan.resource_changes.push({
        ...changeAt(plan, 'libvirt_volume.students__ann__root__debian-12'),
        deposed: '1234abcd',
        change: { actions: ['delete'], before: {}, after: null },
      }),
    /root__debian-12: deletes deposed object 1234abcd, approved was no-op$/,
  ],
  [
    'another manifest',
    (plan) => (manifestIn(plan, 'after').pools.students.clones.ann.base = 'debian-99'),
    /^output regraft: pools\.students\.clones\.ann\.base is another than in the plan$/,
  ],
  [
    'an output more',
    (plan) => (plan.output_changes.other = { actions: ['create'], before: null, after: 1 }),
    /^output other: create, which was not in the plan$/,
  ],
])('%s is found', (_, change, line) => {
  const lines = found(plan08(), changed(plan08(), change));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(line);
});

test.each<[string, (plan: PlanJson) => void]>([
  [
    'another ID, as a machine has after another start',
    (plan) => (changeAt(plan, DOMAIN).change.after.id = 7),
  ],
  ['what is done already', (plan) => (changeAt(plan, OVERLAY).change.actions = ['no-op'])],
  [
    'the creation that is left of a replacement',
    (plan) =>
      (changeAt(plan, DOMAIN).change = {
        ...changeAt(plan, DOMAIN).change,
        actions: ['create'],
        before: null,
      }),
  ],
  [
    'the update of what a creation that broke off has made',
    (plan) =>
      (changeAt(plan, OVERLAY).change = {
        ...changeAt(plan, OVERLAY).change,
        actions: ['update'],
        before: { ...changeAt(plan, OVERLAY).change.after, format: 'raw' },
      }),
  ],
  [
    'the replacement of what a run that broke off has left half made',
    (plan) => (changeAt(plan, OVERLAY).change.actions = ['create', 'delete']),
  ],
  [
    'the deletion of what a replacement has left',
    (plan) =>
      plan.resource_changes.push({
        ...changeAt(plan, DOMAIN),
        deposed: '1234abcd',
        change: { actions: ['delete'], before: {}, after: null },
      }),
  ],
  [
    'a value that is known by now',
    (plan) => (changeAt(plan, OVERLAY).change.after.id = '/pool/ann.root.debian-13.20260202000000.qcow2'),
  ],
])('%s is no difference', (_, change) => {
  const approved = plan08();
  changeAt(approved, OVERLAY).change.after_unknown = { id: true };
  expect(found(approved, changed(approved, change))).toEqual([]);
});
