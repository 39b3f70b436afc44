import { realAddress } from '../../../lib/dialects/regraft/addresses';
import { machineRoleByName, roleByName } from '../../../lib/dialects/roles';
import type { State } from '../../../lib/tools/terraform-state';
import { parseState } from '../../../lib/tools/terraform-state';
import { stackOf, type Stage } from '../../review/classroom';
import { makePlan } from '../../review/plan-maker';
import type { PlanJson } from '../../review/recorded';

/** The state that an apply of a stage from the start leaves. */
function stateOf(stage: Stage): { state: State; manifest: PlanJson } {
  const plan: PlanJson = makePlan(undefined, stackOf(stage, 'regraft'), 'regraft');
  const manifest = plan.output_changes.regraft.after;
  const resources = plan.resource_changes.map(({ address, type, change }: PlanJson) => ({
    ...{ mode: 'managed', type, name: address.split('.')[1] },
    instances: [{ attributes: change.after }],
  }));
  const text = { version: 4, serial: 1, lineage: 'a', outputs: { regraft: { value: manifest } }, resources };
  return { state: parseState(JSON.stringify(text)), manifest };
}

const STAGES: Record<string, Stage> = {
  'as it begins': {},
  'in a rebase': { rebase: ['student-01'] },
  'with a retired clone': { retired: ['student-02'] },
  'with data of a retired clone given on': {
    clones: ['student-01', 'student-03'],
    retired: ['student-02'],
    given: { 'student-03': { home: 'student-02/home' } },
  },
  'with given data retired again': {
    clones: ['student-01'],
    retired: ['student-02', 'student-03'],
    given: { 'student-03': { home: 'student-02/home' } },
  },
};

describe.each(Object.entries(STAGES))('the state of a fleet %s', (_what, stage) => {
  const { state, manifest } = stateOf(stage);

  it('holds exactly the machines and volumes that the manifest names, each file once', () => {
    expect(state.objects.map(({ address }) => address).sort()).toEqual(
      Object.keys(manifest.addresses).sort(),
    );
    const files = state.objects.flatMap(({ attributes }) => attributes['path'] ?? []);
    expect(new Set(files).size).toBe(files.length);
  });

  it('is of resources that Terraform knows', () => {
    for (const { address } of state.objects)
      expect(realAddress(address)).toMatch(
        /^regraft_(base\.lab__debian-1[23]|clone\.students__student-0[123])$/,
      );
  });

  it('is understood by its names alone', () => {
    const names = { hosts: ['lab'], hostOf: () => 'lab' };
    for (const { address } of state.objects) {
      const { host, role } = manifest.addresses[address];
      const found = roleByName(address, names) ?? machineRoleByName(address, names);
      expect(found).toMatchObject({ host, role: role === 'retained' ? 'overlay' : role });
    }
  });
});

it('an address that is none of ours is real as it is', () => {
  for (const address of [
    'libvirt_volume.lab__data["students/anna/home"]',
    'regraft_clone.students__anna',
    'terraform_data.regraft_clone.machine',
  ])
    expect(realAddress(address)).toBe(address);
  expect(realAddress('module.a["x.y"].regraft_clone.b["c"].volumes["d"]')).toBe(
    'module.a["x.y"].regraft_clone.b["c"]',
  );
});
