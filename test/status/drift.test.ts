import type { Manifest } from '../../lib/model/manifest';
import type { Drift, DriftKind } from '../../lib/status';
import { DRIFT_KINDS, fleetStatus } from '../../lib/status';
import type { Stage } from '../review/classroom';
import { stackOf } from '../review/classroom';
import type { World } from './world';
import { addFile, fileAt, inputOf, removeFile, worldOf } from './world';

/** The small classroom: student-01 and student-02 on debian-12. */
function world(stage: Stage = {}, generation: '0.8' | '0.9' = '0.8'): World {
  const { output } = stackOf(stage, generation) as { output: { regraft: { value: Manifest } } };
  return worldOf(output.regraft.value);
}

const overlay = (volume: string, clone = 'student-01'): string =>
  `libvirt_volume.students__${clone}__${volume}__debian-12`;
const home = 'libvirt_volume.lab__data["students/student-01/home"]';
const machine = (given: World) => given.hosts.get('lab')!.domains[0]!;
const object = (given: World, address: string) => given.objects.find((one) => one.address === address)!;
const drop = (given: World, address: string): unknown =>
  given.objects.splice(given.objects.indexOf(object(given, address)), 1);

/** What is amiss with student-01 and with the stack. */
function driftOf(given: World): Drift[] {
  const [stack] = fleetStatus([inputOf(given)]).stacks;
  return [...stack!.drift, ...stack!.pools[0]!.clones.flatMap(({ drift }) => drift)];
}

/** What somebody did, and how it must be told. */
const DEEDS: readonly [DriftKind, string, (given: World) => void, RegExp][] = [
  [
    'data-missing',
    'the file of a data volume was deleted',
    (given) => removeFile(given, 'lab', fileAt(given, home)),
    /^student-01\.home\.data\.qcow2 is not in storage pool pool on host lab$/,
  ],
  [
    'data-missing',
    'a data volume left the state and the host, as after a refresh',
    (given) => {
      removeFile(given, 'lab', fileAt(given, home));
      drop(given, home);
    },
    /^student-01\.home\.data\.qcow2 is neither in the state nor on host lab$/,
  ],
  [
    'data-unmanaged',
    'a data volume was forgotten by the state',
    (given) => drop(given, home),
    /^student-01\.home\.data\.qcow2 is on host lab$/,
  ],
  [
    'base-missing',
    'the file of a base was deleted',
    (given) => removeFile(given, 'lab', 'debian-13.root.base.qcow2'),
    /^debian-13\.root\.base\.qcow2 is not in/,
  ],
  [
    'volume-missing',
    'the file of an overlay was deleted',
    (given) => removeFile(given, 'lab', fileAt(given, overlay('scratch'))),
    /^student-01\.scratch\.debian-12\.\d+\.qcow2 is not in/,
  ],
  [
    'deleted-file',
    'the file of an overlay was deleted under a running machine',
    (given) => {
      machine(given).running = true;
      removeFile(given, 'lab', fileAt(given, overlay('scratch')));
    },
    /^vdb needs student-01\.scratch\.debian-12\.\d+\.qcow2, which is deleted$/,
  ],
  [
    'deleted-file',
    'libvirt says that a running machine is on a volume which its storage pool does not have',
    (given) => {
      machine(given).running = true;
      removeFile(given, 'lab', fileAt(given, overlay('scratch')));
      const [root, { path, ...scratch }, ...others] = machine(given).disks as [
        object,
        { path: string },
        object,
      ];
      machine(given).disks = [root, { ...scratch, missing: path }, ...others] as never;
    },
    /^vdb needs student-01\.scratch/,
  ],
  [
    'other-file',
    'a disk was changed to another file',
    (given) => {
      const [root, ...others] = machine(given).disks;
      machine(given).disks = [{ ...root!, path: '/tmp/mine.qcow2' }, ...others];
    },
    /^vda is \/tmp\/mine\.qcow2, expected student-01\.root\.debian-12\.\d+\.qcow2$/,
  ],
  [
    'other-backing',
    'an overlay was rebased by hand',
    (given) => {
      const file = fileAt(given, overlay('root'));
      given.hosts.get('lab')!.volumes.find(({ name }) => name === file)!.backing = '/pool/mine.qcow2';
    },
    /^student-01\.root\.debian-12\.\d+\.qcow2 is on mine\.qcow2, expected debian-12\.root\.base\.qcow2$/,
  ],
  [
    'other-machine',
    'the machine was made anew by hand under the same name',
    (given) => (machine(given).uuid = '00000000-0000-4000-8000-000000000000'),
    /^machine student-01 on host lab has the UUID 0+-0000-4000-8000-0+, which is not the clone's$/,
  ],
  [
    'machine-missing',
    'the machine was undefined',
    (given) => given.hosts.get('lab')!.domains.shift(),
    /^it is in the state, but not on host lab$/,
  ],
  [
    'machine-unmanaged',
    'the machine was forgotten by the state',
    (given) => drop(given, 'libvirt_domain.students__student-01'),
    /^it is on host lab, but not in the state$/,
  ],
  [
    'disk-attached',
    'a disk was attached',
    (given) => {
      const disk = {
        target: 'vdz',
        device: 'disk',
        path: addFile(given, 'lab', 'x.qcow2'),
        backingChain: [],
      };
      machine(given).disks = [...machine(given).disks, disk];
    },
    /^vdz is x\.qcow2, the state has no disk vdz$/,
  ],
  [
    'disk-detached',
    'a disk was detached',
    (given) => (machine(given).disks = machine(given).disks.slice(0, 1)),
    /^vdb is not there, expected student-01\.scratch/,
  ],
  [
    'tainted',
    'an object is tainted',
    (given) => (object(given, overlay('root')).tainted = true),
    /is tainted$/,
  ],
  [
    'deposed',
    'an object is deposed',
    (given) => given.objects.push({ ...object(given, overlay('root')), deposed: 'ab12' }),
    /deposed object ab12/,
  ],
];

describe.each(['0.8', '0.9'] as const)('provider %s', (generation) => {
  test.each(DEEDS)('%s: %s', (kind, _deed, damage, text) => {
    const given = world({}, generation);
    expect(driftOf(given)).toEqual([]);
    damage(given);
    const found = driftOf(given);
    expect(found.map((one) => one.kind)).toContain(kind);
    expect(found.find((one) => one.kind === kind)!.text).toMatch(text);
  });
});

test('every kind of drift but that of the storage pool is shown to be found', () => {
  expect(new Set(DEEDS.map(([kind]) => kind))).toEqual(
    new Set(DRIFT_KINDS.filter((kind) => kind !== 'storage-inactive')),
  );
});

test('of a storage pool that is off nothing is said to be missing', () => {
  const given = world();
  const input = inputOf(given);
  const facts = { ...input.hosts.get('lab')!.facts!, volumes: [], available: Number.POSITIVE_INFINITY };
  const hosts = new Map([['lab', { ...input.hosts.get('lab')!, facts }]]);
  const [stack] = fleetStatus([{ ...input, hosts }]).stacks;
  expect(stack!.drift.map(({ kind }) => kind)).toEqual(['storage-inactive']);
  expect(stack!.pools[0]!.clones.flatMap(({ drift }) => drift)).toEqual([]);
});

test('the gravest comes first', () => {
  const given = world();
  removeFile(given, 'lab', fileAt(given, overlay('scratch')));
  object(given, overlay('root')).tainted = true;
  removeFile(given, 'lab', fileAt(given, home));
  expect(driftOf(given).map(({ kind }) => kind)).toEqual(['data-missing', 'volume-missing', 'tainted']);
});
