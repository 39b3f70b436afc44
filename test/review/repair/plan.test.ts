import type { VolumeFact } from '../../../lib/review';
import type { RepairGiven } from '../../../lib/review/repair';
import { planRepair } from '../../../lib/review/repair';
import { type Classroom, classroom, givenOf, overlayFile } from './classroom';

const HOME = 'libvirt_volume.lab__data["students/student-01/home"]';
const HOME_FILE = 'student-01.home.data.qcow2';
const BASE = 'libvirt_volume.lab__bases["debian-12/root"]';
const BASE_FILE = 'debian-12.root.base.qcow2';
const DOMAIN = 'libvirt_domain.students__student-01';

/** The steps as `FILE: KIND`, and the questions. */
function stepsOf(given: RepairGiven): Record<string, string> {
  const { steps, questions } = planRepair(given);
  return Object.fromEntries([
    ...steps.map(({ what, kind }): [string, string] => [what, kind]),
    ...questions.map(({ file, ask }): [string, string] => [`${file}?`, ask]),
  ]);
}

function without({ objects, ...rest }: Classroom, ...addresses: string[]): Classroom {
  return { ...rest, objects: objects.filter(({ address }) => !addresses.includes(address)) };
}

function withVolume({ volumes, ...rest }: Classroom, ...more: VolumeFact[]): Classroom {
  const names = more.map(({ name }) => name);
  return { ...rest, volumes: [...volumes.filter(({ name }) => !names.includes(name)), ...more] };
}

function withChanged(room: Classroom, file: string, change: Partial<VolumeFact>): Classroom {
  return {
    ...room,
    volumes: room.volumes.map((volume) => (volume.name === file ? { ...volume, ...change } : volume)),
  };
}

function machineless(room: Classroom, clone: string): Classroom {
  return { ...room, domains: room.domains.filter(({ name }) => name !== clone) };
}

describe.each(['0.8', '0.9'] as const)('provider %s', (generation) => {
  const room = classroom(generation);
  const rebased = classroom(generation, { rebase: ['student-01'] });

  test('where all is as it was made, nothing is to be repaired', () => {
    for (const one of [room, rebased, classroom(generation, { retired: ['student-02'] })])
      expect(planRepair(givenOf(one))).toEqual({ steps: [], questions: [] });
  });

  describe('overlays', () => {
    const orphan = 'student-01.root.debian-12.20261122020202.qcow2';

    test('an overlay that nobody has goes', () => {
      expect(stepsOf(givenOf(withVolume(room, overlayFile(orphan, BASE_FILE))))).toEqual({
        [orphan]: 'delete-overlay',
      });
      const blank = 'student-01.scratch.debian-12.20261122020202.qcow2';
      expect(stepsOf(givenOf(withVolume(room, overlayFile(blank))))).toEqual({ [blank]: 'delete-overlay' });
    });

    test.each([
      ['another backing file', overlayFile(orphan, 'debian-13.root.base.qcow2')],
      ['no backing file', overlayFile(orphan)],
      ['another format', overlayFile(orphan, BASE_FILE, 'raw')],
      ['an unknown base', overlayFile('student-01.root.debian-11.20261122020202.qcow2', BASE_FILE)],
      ['an unknown volume', overlayFile('student-01.boot.debian-12.20261122020202.qcow2', BASE_FILE)],
      ['the volume of data', overlayFile('student-01.home.debian-12.20261122020202.qcow2')],
    ])('one with %s is left', (_what, volume) => {
      expect(stepsOf(givenOf(withVolume(room, volume)))).toEqual({ [volume.name]: 'leave' });
    });

    test('files of clones that no manifest knows are not spoken of: the storage pool may be shared', () => {
      const others = [
        overlayFile('teacher.root.debian-12.20261122020202.qcow2', BASE_FILE),
        overlayFile('my.iso'),
      ];
      expect(stepsOf(givenOf(withVolume(room, ...others)))).toEqual({});
    });

    test('one that a machine has, as a disk or in a chain, is left', () => {
      const disk = (path: string, backingChain: string[]) => ({
        name: 'stranger',
        uuid: 'x',
        running: true,
        disks: [{ target: 'vda', device: 'disk', path, backingChain }],
      });
      const there = withVolume(room, overlayFile(orphan, BASE_FILE));
      for (const domain of [
        disk(`/pool/${orphan}`, []),
        disk('/else/top.qcow2', ['/else/a', `/pool/${orphan}`]),
      ])
        expect(stepsOf(givenOf({ ...there, domains: [...there.domains, domain] }))).toEqual({
          [orphan]: 'leave',
        });
    });

    test('one that another volume stands on is left, in whatever storage pool that is', () => {
      const there = withVolume(room, overlayFile(orphan, BASE_FILE));
      expect(stepsOf(givenOf(withVolume(there, overlayFile('top.qcow2', orphan))))).toEqual({
        [orphan]: 'leave',
      });
      expect(stepsOf(givenOf(there, { host: { backings: [`/pool/${orphan}`] } }))).toEqual({
        [orphan]: 'leave',
      });
    });

    test('one that anything in the state names is not touched, though it be the deposed object of a broken run', () => {
      const there = withVolume(room, overlayFile(orphan, BASE_FILE));
      const deposed = {
        address: 'libvirt_volume.students__student-01__root__debian-12',
        type: 'libvirt_volume',
        deposed: 'abcdef01',
        attributes: { id: `/pool/${orphan}` },
      };
      const elsewhere = {
        address: 'terraform_data.x',
        type: 'terraform_data',
        attributes: { input: [{ a: orphan }] },
      };
      for (const object of [deposed, elsewhere])
        expect(stepsOf(givenOf({ ...there, objects: [...there.objects, object] }))).toEqual({});
    });

    test('one that the state has lost goes only when nothing was ever written to it', () => {
      const address = 'libvirt_volume.students__student-01__root__debian-12';
      const lost = without(machineless(rebased, 'student-01'), address, DOMAIN);
      const file = 'student-01.root.debian-12.20261122010101.qcow2';
      const answer = (blank: boolean) => givenOf(lost, { contents: { [`lab/${file}`]: { blank } } });
      expect(stepsOf(givenOf(lost))).toEqual({ [file]: 'leave', [`${file}?`]: 'blank' });
      expect(stepsOf(answer(false))).toEqual({ [file]: 'leave' });
      expect(stepsOf(answer(true))).toEqual({ [file]: 'delete-overlay' });
    });
  });

  describe('data volumes', () => {
    const takenIn = generation === '0.8' ? 'import-volume' : 'edit-state-volume';

    test('one that the state does not have is taken in', () => {
      expect(stepsOf(givenOf(without(room, HOME)))).toEqual({ [HOME_FILE]: takenIn });
    });

    test('also where there is no state at all', () => {
      const steps = stepsOf(givenOf({ ...room, objects: [] }, { applied: undefined } as object));
      expect(steps).toMatchObject({ [HOME_FILE]: takenIn, 'student-02.notes.data.qcow2': takenIn });
      expect(Object.values(steps).filter((kind) => kind.startsWith('delete'))).toEqual([]);
    });

    test('one of a retired clone is taken into the archive', () => {
      const retired = classroom(generation, { retired: ['student-02'] });
      const address = 'libvirt_volume.lab__archived["students/student-02/home"]';
      const { steps } = planRepair(givenOf(without(retired, address)));
      expect(steps).toMatchObject([{ kind: takenIn, address, what: 'student-02.home.data.qcow2' }]);
    });

    test('one that the state has at another address already is in it', () => {
      const retired = classroom(generation, { retired: ['student-02'] });
      const moved = retired.objects.map((object) => ({
        ...object,
        address: object.address.replace('lab__archived', 'lab__data'),
      }));
      expect(stepsOf(givenOf({ ...retired, objects: moved }, { applied: room.manifest }))).toEqual({});
    });

    test('one whose address is taken by another file is left', () => {
      const other = { address: HOME, type: 'libvirt_volume', attributes: { id: '/pool/other.qcow2' } };
      const taken = without(room, HOME);
      expect(stepsOf(givenOf({ ...taken, objects: [...taken.objects, other] }))).toEqual({
        [HOME_FILE]: 'leave',
      });
    });

    test('one that the code does not have any more is left', () => {
      const smaller = classroom(generation, { clones: ['student-02'] });
      const given = givenOf(machineless(without(room, HOME, DOMAIN), 'student-01'), {
        wanted: smaller.manifest,
        declared: smaller.declared,
      });
      expect(stepsOf(given)).toEqual({ [HOME_FILE]: 'leave' });
    });

    test('an empty file of none of the declared formats may be made again; one that may hold something is left', () => {
      const gone = machineless(without(room, HOME, DOMAIN), 'student-01');
      const raw = (capacity: number) => withChanged(gone, HOME_FILE, { format: 'raw', capacity });
      expect(stepsOf(givenOf(raw(0)))).toEqual({ [HOME_FILE]: 'remake-empty-data' });
      expect(stepsOf(givenOf(raw(512)))).toEqual({ [HOME_FILE]: 'leave', [`${HOME_FILE}?`]: 'blank' });
      const answered = givenOf(raw(512), { contents: { [`lab/${HOME_FILE}`]: { blank: false } } });
      expect(stepsOf(answered)).toEqual({ [HOME_FILE]: 'leave' });
      // A machine has it: it stays, empty or not.
      expect(
        stepsOf(givenOf(withChanged(without(room, HOME), HOME_FILE, { format: 'raw', capacity: 0 }))),
      ).toEqual({
        [HOME_FILE]: 'leave',
      });
    });

    test('one that is copied from an image is taken in when it is whole, or when a machine has it; half a copy is left', () => {
      const declared = { ...room.declared, [HOME]: { ...room.declared[HOME]!, source: 'seed.qcow2' } };
      const lost = without(room, HOME);
      expect(stepsOf(givenOf(lost, { declared }))).toEqual({ [HOME_FILE]: takenIn });
      const unused = machineless(without(lost, DOMAIN), 'student-01');
      const answer = (image: 'same' | 'other', blank?: boolean) =>
        stepsOf(
          givenOf(unused, {
            declared,
            contents: { [`lab/${HOME_FILE}`]: { image, ...(blank === undefined ? {} : { blank }) } },
          }),
        );
      expect(answer('same')).toEqual({ [HOME_FILE]: takenIn });
      expect(answer('other')).toEqual({ [HOME_FILE]: 'leave', [`${HOME_FILE}?`]: 'blank' });
      expect(answer('other', false)).toEqual({ [HOME_FILE]: 'leave' });
      expect(answer('other', true)).toEqual({ [HOME_FILE]: 'remake-empty-data' });
    });

    test('one with a backing file is left', () => {
      expect(stepsOf(givenOf(withChanged(without(room, HOME), HOME_FILE, { backing: '/pool/x' })))).toEqual({
        [HOME_FILE]: 'leave',
      });
    });
  });

  describe('bases', () => {
    const lost = without(room, BASE);
    const answer = (one: Classroom, image: 'same' | 'other' | 'unknown') =>
      givenOf(one, { contents: { [`lab/${BASE_FILE}`]: { image } } });

    test('a whole one is taken in, as the code says it', () => {
      expect(stepsOf(givenOf(lost))).toEqual({ [BASE_FILE]: 'leave', [`${BASE_FILE}?`]: 'image' });
      const { steps } = planRepair(answer(lost, 'same'));
      expect(steps).toMatchObject([
        {
          kind: 'edit-state-volume',
          address: BASE,
          stored: { role: 'base', source: 'https://images.example/v1.qcow2', capacity: 2 ** 22 },
        },
      ]);
    });

    test.each(['other', 'unknown'] as const)(
      'one that is not its image (%s) goes only when nothing stands on it',
      (image) => {
        expect(stepsOf(answer(lost, image))).toEqual({ [BASE_FILE]: 'leave' });
        const unused: Classroom = {
          ...lost,
          domains: [],
          objects: [],
          volumes: lost.volumes.filter(({ name }) => name === BASE_FILE),
        };
        expect(stepsOf(answer(unused, image))).toMatchObject({ [BASE_FILE]: 'delete-partial-base' });
        const below = withVolume(unused, overlayFile('by-hand.qcow2', BASE_FILE));
        expect(stepsOf(answer(below, image))).toMatchObject({ [BASE_FILE]: 'leave' });
      },
    );
  });

  describe('machines', () => {
    test('one that the state does not have is imported by its UUID', () => {
      const { steps } = planRepair(givenOf(without(room, DOMAIN)));
      expect(steps).toMatchObject([{ kind: 'import-domain', address: DOMAIN, id: room.domains[0]!.uuid }]);
    });

    test('one of the name without the volumes is left', () => {
      const stranger = { ...room.domains[0]!, disks: [] };
      const given = givenOf({ ...without(room, DOMAIN), domains: [stranger, room.domains[1]!] });
      expect(stepsOf(given)).toEqual({ 'student-01': 'leave' });
    });

    test('one of another UUID is left with provider 0.8, where the UUID is regraft’s', () => {
      const stranger = { ...room.domains[0]!, uuid: 'x' };
      const given = givenOf({ ...without(room, DOMAIN), domains: [stranger, room.domains[1]!] });
      expect(stepsOf(given)).toEqual({ 'student-01': generation === '0.8' ? 'leave' : 'import-domain' });
    });

    test('one in trouble is told of and left', () => {
      const running = { ...room.domains[0]!, running: true };
      const domains = [running, room.domains[1]!];
      const conditions = { 'student-01': 'paused (I/O error)', 'student-02': 'shut off (shutdown)' };
      expect(planRepair(givenOf({ ...room, domains }, { host: { conditions } })).steps).toMatchObject([
        { kind: 'leave', what: 'student-01', why: expect.stringContaining('virsh resume') as string },
      ]);
      const gone = { ...room, domains, volumes: room.volumes.filter(({ name }) => name !== HOME_FILE) };
      expect(planRepair(givenOf(gone)).steps).toMatchObject([
        { kind: 'leave', what: 'student-01', why: expect.stringContaining(HOME_FILE) as string },
      ]);
    });
  });

  describe('the storage pool', () => {
    const lost = without(room, 'libvirt_pool.lab["pool"]');

    test('is taken in when it is there, in its folder', () => {
      const kind = generation === '0.8' ? 'import-storage-pool' : 'edit-state-storage-pool';
      expect(stepsOf(givenOf(lost))).toEqual({ pool: kind });
      const storage = { uuid: 'x', path: '/elsewhere', active: true };
      expect(stepsOf(givenOf(lost, { host: { storage } }))).toEqual({ pool: 'leave' });
    });

    test('is told of when it is not active, since nothing in it is seen', () => {
      const storage = { uuid: 'pool-uuid', path: '/pool', active: false };
      expect(stepsOf(givenOf({ ...room, volumes: [] }, { host: { storage } }))).toEqual({ pool: 'leave' });
    });
  });
});

test('what the state has on one host does not hide what it lacks on another', () => {
  const room = classroom('0.8');
  const [first] = givenOf(room).hosts;
  const manifest = JSON.parse(
    JSON.stringify(room.manifest).replaceAll('"host":"lab"', '"host":"far"').replaceAll('lab__', 'far__'),
  ) as typeof room.manifest;
  const far = Object.fromEntries(
    Object.entries(manifest.addresses).map(([address, role]) => [
      address.replace('students__', 'far__'),
      role,
    ]),
  );
  const wanted = {
    ...room.manifest,
    hosts: { ...room.manifest.hosts, far: room.manifest.hosts['lab']! },
    addresses: { ...room.manifest.addresses, ...far },
  };
  const declared = {
    ...room.declared,
    ...Object.fromEntries(
      Object.entries(room.declared).map(([address, entry]) => [address.replace('lab__', 'far__'), entry]),
    ),
  };
  const given = givenOf(room, { wanted, applied: wanted, declared });
  const { steps } = planRepair({ ...given, hosts: [first!, { ...first!, host: 'far', domains: [] }] });
  expect(
    steps.filter(({ host, kind }) => host === 'far' && kind === 'import-volume').map(({ what }) => what),
  ).toEqual(expect.arrayContaining([HOME_FILE, 'student-02.notes.data.qcow2']));
});
