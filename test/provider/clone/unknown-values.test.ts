import fc from 'fast-check';
import { validateClone } from '../../../lib/provider/clone/validate';
import type { ObjectValue, Value } from '../../../lib/provider/protocol/values';
import { UNKNOWN } from '../../../lib/provider/protocol/values';
import { cloneSchema } from '../../../lib/provider/schema/clone';
import type { Attributes } from '../../../lib/provider/protocol/schema';
import { config, errorsOf, GIB, World } from './world';

const WHOLE = config(
  {
    ...{ base: 'v2', retain: 'v1', retired: false, restore: 'x', data_on_destroy: 'keep' },
    cloud_init: { user_data: 'u', meta_data: 'm', network_config: 'n', path: null },
  },
  {
    extra: {
      type: 'data',
      size: GIB,
      bus: 'scsi',
      target: 'sda',
      boot: false,
      wwn: '5000c50015ea71aa',
      format: 'qcow2',
      file: 'e.qcow2',
    },
  },
);

/** All places of a value at which a configuration says something. */
function placesIn(value: Value, path: readonly string[] = []): string[][] {
  if (value === null) return [];
  const here = path.length === 0 ? [] : [[...path]];
  if (typeof value !== 'object' || value === null) return here;
  return [...here, ...Object.entries(value).flatMap(([name, one]) => placesIn(one, [...path, name]))];
}

function unknownAt(value: Value, [first, ...rest]: readonly string[]): Value {
  if (first === undefined) return UNKNOWN;
  if (typeof value !== 'object' || value === null) return value;
  const object = value as ObjectValue;
  return first in object ? { ...object, [first]: unknownAt(object[first]!, rest) } : object;
}

const holes = fc.subarray(placesIn(WHOLE), { minLength: 1, maxLength: 4 });

/** What a plan may say for a value of the configuration (Terraform, `AssertPlanValid`). */
function expectValid(attributes: Attributes, said: Value, planned: Value): void {
  if (said === UNKNOWN || said === null || planned === UNKNOWN) {
    if (said !== null) expect(planned).toBe(said);
    return;
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    const one: Value = (said as ObjectValue)[name]!;
    const other: Value = (planned as ObjectValue)[name]!;
    expect(other).not.toBeUndefined();
    const { nested } = attribute;
    if (one === UNKNOWN || one === null) {
      if (one === UNKNOWN) expect(other).toBe(UNKNOWN);
      else if (!attribute.computed) expect(other).toBeNull();
    } else if (nested?.nesting === 'map') {
      expect(Object.keys(other as object).sort()).toEqual(Object.keys(one).sort());
      for (const key of Object.keys(one))
        expectValid(nested.attributes, (one as ObjectValue)[key]!, (other as ObjectValue)[key]!);
    } else if (nested) expectValid(nested.attributes, one, other);
    else expect(other).toEqual(one);
  }
}

/** What was known in the first plan is the same in the second, in which all is known. */
function expectRefined(first: Value, second: Value, where: string): void {
  if (first === UNKNOWN) return;
  if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) {
    if (first !== second) throw new Error(`${where} was ${String(first)} and is ${String(second)}`);
    return;
  }
  expect(Object.keys(first)).toEqual(expect.arrayContaining(Object.keys(second)));
  for (const [name, one] of Object.entries(first))
    expectRefined(one, (second as ObjectValue)[name]!, `${where}.${name}`);
}

test.each([
  ['a new clone', undefined],
  ['a clone that is there', config({ restore: 'w' })],
  ['a retired clone', config({ retired: true })],
])(
  'unknown values anywhere in %s make a plan that Terraform takes, and that the plan with all values only refines',
  (_, before) => {
    fc.assert(
      fc.property(holes, (places) => {
        const world = new World();
        if (before !== undefined) world.apply(before);
        world.planTime = '20270101000000';
        const value = places.reduce<Value>((so, place) => unknownAt(so, place), WHOLE) as ObjectValue;
        validateClone(value);
        const plan = world.plan(value);
        expect(errorsOf(plan)).toEqual([]);
        expectValid(cloneSchema.attributes, value, plan.planned);
        const whole = world.plan(WHOLE);
        expect(errorsOf(whole)).toEqual([]);
        expectRefined(plan.planned, whole.planned, 'clone');
      }),
    );
  },
);
