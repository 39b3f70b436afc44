import { composeDomain } from '../../../lib/provider/clone/domain-xml';
import { carriedOver } from '../../../lib/provider/clone/drift';
import { hasRanNote, ranNoteDrift } from '../../../lib/provider/clone/ran-note';
import type { ListedMachine } from '../../../lib/provider/host/facts';
import { config, STORAGE, warningsOf, World } from './world';

/** As libvirt writes it (`virsh metadata --set`). */
const NOTE = '<regraft-ran:ran xmlns:regraft-ran="https://regraft.dev/xmlns/ran/1"/>';

function noted(world: World, state: ListedMachine['state']): ListedMachine {
  const machine = world.machines.get('web')!;
  return { ...machine, state, xml: machine.xml.replace('</metadata>', `${NOTE}</metadata>`) };
}

function made(): World {
  const world = new World();
  world.apply(config());
  return world;
}

test('a definition for another base keeps the note, so that a kill before the start loses nothing', () => {
  const world = made();
  const { xml } = noted(world, 'shut off');
  const before = world.state!;
  world.planTime = '20260102000000';
  const after = world.apply(config({ base: 'v2' }));
  expect(hasRanNote(composeDomain(after))).toBe(false);
  expect(hasRanNote(composeDomain(after, carriedOver(before, after, xml, STORAGE)))).toBe(true);
});

test('the note is drift whether or not the machine runs, so that no plan is empty while it is there', () => {
  const world = made();
  expect(ranNoteDrift(world.machines.get('web')!)).toEqual([]);
  expect(ranNoteDrift(noted(world, 'shut off'))).toEqual([
    'machine is off, ran before an apply that broke off',
  ]);
  expect(ranNoteDrift(noted(world, 'running'))).toHaveLength(1);
});

test.each([
  ['shut off', ['machine web is off and ran before an apply that broke off: it is started again']],
  ['running', []],
] as const)('the plan for a machine with the note that is %s tells of %j', (state, warnings) => {
  const world = made();
  const machine = noted(world, state);
  world.machines.set('web', machine);
  world.state = { ...world.state!, drift: ranNoteDrift(machine) };
  expect(warningsOf(world.plan(config()))).toEqual(warnings);
});
