import { judge, movedMachines, parsePlan, targetsOf, touchedClones } from '../../lib/review';
import { beyondClones } from '../../lib/review/touched';
import { changeAt, recorded, recordedText } from './recorded';

const one = { pool: 'students', clone: 'student-01' };
const two = { pool: 'students', clone: 'student-02' };

const touched = (name: string) => touchedClones(judge(parsePlan(recordedText(name))));

test.each([
  ['0.8-canary', [{ ...one, host: 'lab', fate: 'recreated', reset: true }]],
  ['0.9-canary', [{ ...one, host: 'lab', fate: 'redefined', reset: true }]],
  ['0.8-nothing', []],
  ['0.8-promote', []],
  ['0.9-promote', []],
])('the clones whose machines %s touches, and how', (name, expected) => {
  expect(touched(name)).toEqual(expected);
});

test.each([
  ['0.8-create', 'created'],
  ['0.9-create', 'created'],
  ['0.8-retire', 'removed'],
  ['0.9-retire', 'removed'],
])('%s: a machine is %s', (name, fate) => {
  expect(touched(name).map((clone) => clone.fate)).toContain(fate);
});

test('a plan is limited to machines, overlays and triggers of a clone: never by the address of data, nor by what another clone has', () => {
  for (const name of ['0.8-all', '0.9-all']) {
    const plan = parsePlan(recordedText(name));
    const targets = targetsOf(plan, [one]);
    expect(targets).toEqual(targetsOf(plan, [one, { pool: 'students', clone: 'nobody' }]));
    expect(targets).toContain('libvirt_domain.students__student-01');
    expect(targets).toContain('libvirt_volume.students__student-01__scratch__debian-12');
    expect(targets.filter((address) => !address.includes('student-01') || address.includes('home'))).toEqual(
      [],
    );
    expect(targets.includes('terraform_data.students__student-01')).toBe(name === '0.8-all');
    expect([...targets, ...targetsOf(plan, [two])].sort()).toEqual(targetsOf(plan, [one, two]).sort());
  }
});

test('every change of a plan is of the clones that it touches, or is told', () => {
  expect(beyondClones(parsePlan(recordedText('0.8-all')), [one, two])).toEqual([]);
  const others = beyondClones(parsePlan(recordedText('0.8-all')), [two]);
  expect(others).toContain('libvirt_volume.students__student-01__root__debian-13: create');
  expect(others).toHaveLength(5);
  expect(beyondClones(parsePlan(recordedText('0.9-create')), [one, two]).join('\n')).toContain('__data["');
});

test('a machine that a plan replaces, updates or removes is moved; one that stays is not', () => {
  expect([...movedMachines(parsePlan(recordedText('0.8-canary')))]).toEqual(['students/student-01']);
  expect([...movedMachines(parsePlan(recordedText('0.9-all')))]).toEqual([
    'students/student-01',
    'students/student-02',
  ]);
  expect([...movedMachines(parsePlan(recordedText('0.9-promote')))]).toEqual([]);
  const plan = recorded('0.8-canary');
  changeAt(plan, 'libvirt_domain.students__student-02').change.actions = ['delete'];
  expect(movedMachines(parsePlan(JSON.stringify(plan))).has('students/student-02')).toBe(true);
});
