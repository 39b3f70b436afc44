import * as fc from 'fast-check';
import type { DomainFact, VolumeFact } from '../../../lib/review';
import type { RepairGiven, RepairStep } from '../../../lib/review/repair';
import { contentKey, isAction, isDeletion, planRepair } from '../../../lib/review/repair';
import { type Classroom, classroom, givenOf, overlayFile } from './classroom';

const rooms = (['0.8', '0.9'] as const).flatMap((generation) =>
  [{}, { rebase: ['student-01'] }, { rebase: 'all' as const }, { retired: ['student-02'] }].map((stage) =>
    classroom(generation, stage),
  ),
);

const strayNames = ['student-01.root', 'student-02.scratch', 'student-02.home', 'teacher.root'].flatMap(
  (start) => ['debian-12', 'debian-13', 'debian-11'].map((base) => `${start}.${base}.20261122020202.qcow2`),
);
const backings = [
  undefined,
  'debian-12.root.base.qcow2',
  'debian-13.root.base.qcow2',
  'student-01.home.data.qcow2',
];

const stray: fc.Arbitrary<VolumeFact> = fc
  .tuple(
    fc.constantFrom(...strayNames, 'by-hand.qcow2'),
    fc.constantFrom(...backings),
    fc.constantFrom('qcow2', 'raw'),
  )
  .map((parts) => overlayFile(...parts));

interface World {
  readonly room: Classroom;
  readonly given: RepairGiven;
}

/** A host and a state that somebody has meddled with: objects, files and machines gone, files and machines added. */
const world: fc.Arbitrary<World> = fc
  .record({
    room: fc.constantFrom(...rooms),
    kept: fc.infiniteStream(fc.nat({ max: 99 })),
    strays: fc.uniqueArray(stray, { maxLength: 4, selector: ({ name }) => name }),
    strangers: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 2 }),
    blank: fc.infiniteStream(fc.boolean()),
    image: fc.infiniteStream(fc.constantFrom('same' as const, 'other' as const, 'unknown' as const)),
    broken: fc.boolean(),
    hasApplied: fc.boolean(),
  })
  .map(({ room, kept, strays, strangers, blank, image, broken, hasApplied }) => {
    const keep = (share: number) => (): boolean => kept.next().value < share * 100;
    const volumes = [...room.volumes.filter(keep(0.9)), ...strays].map((volume) =>
      broken && volume.name.endsWith('.data.qcow2') && !keep(0.5)()
        ? { ...volume, format: 'raw', capacity: keep(0.5)() ? 0 : volume.capacity }
        : volume,
    );
    const domains: DomainFact[] = [
      ...room.domains.filter(keep(0.7)),
      ...strangers.flatMap(([index, below], number) => {
        const path = volumes[index % Math.max(1, volumes.length)]?.path;
        if (path === undefined) return [];
        const disk = below
          ? { path: '/elsewhere/top.qcow2', backingChain: [path] }
          : { path, backingChain: [] };
        return [
          {
            name: `stranger-${number}`,
            uuid: `${number}`,
            running: false,
            disks: [{ target: 'vda', device: 'disk', ...disk }],
          },
        ];
      }),
    ];
    const contents = Object.fromEntries(
      volumes.map(({ name }) => [
        contentKey({ host: 'lab', file: name }),
        { blank: blank.next().value, image: image.next().value },
      ]),
    );
    const given = givenOf({ ...room, objects: room.objects.filter(keep(0.7)), volumes, domains }, {
      contents,
      ...(hasApplied ? {} : { applied: undefined }),
    } as object);
    return { room, given };
  });

const parameters = { numRuns: 1000 };

/** What libvirt and the state say after a plan was carried out. */
function carriedOut(given: RepairGiven, steps: readonly RepairStep[]): RepairGiven {
  const gone = new Set(steps.filter(isDeletion).map(({ path }) => path));
  const objects = steps.filter(isAction).flatMap((step) => {
    if (isDeletion(step)) return [];
    const isDomain = step.kind === 'import-domain';
    const id = 'id' in step ? step.id : 'path' in step.stored ? step.stored.path : '';
    const type = step.address.replace(/\..*$/, '');
    return [{ address: step.address, type, attributes: { id, name: isDomain ? step.what : step.what } }];
  });
  return {
    ...given,
    objects: [...given.objects, ...objects],
    hosts: given.hosts.map((host) => ({
      ...host,
      volumes: host.volumes.filter(({ path }) => !gone.has(path)),
    })),
  };
}

test('nothing goes that a machine or a backing chain has, or that the state names', () => {
  fc.assert(
    fc.property(world, ({ given }) => {
      const [host] = given.hosts;
      const deletions = planRepair(given).steps.filter(isDeletion);
      const gone = new Set(deletions.map(({ path }) => path));
      for (const { path, file } of deletions) {
        for (const { disks } of host!.domains)
          for (const disk of disks) expect([disk.path, ...disk.backingChain]).not.toContain(path);
        for (const volume of host!.volumes) if (!gone.has(volume.path)) expect(volume.backing).not.toBe(path);
        const volumesInState = given.objects.filter(({ type }) => type === 'libvirt_volume');
        expect(JSON.stringify(volumesInState)).not.toContain(JSON.stringify(file));
      }
    }),
    parameters,
  );
});

test('no data volume goes that may hold anything, and no file goes whose name is not that of a volume of this stack', () => {
  fc.assert(
    fc.property(world, ({ given, room }) => {
      for (const { file, kind } of planRepair(given).steps.filter(isDeletion)) {
        const volume = given.hosts[0]!.volumes.find(({ name }) => name === file)!;
        if (file.endsWith('.data.qcow2')) {
          expect(kind).toBe('remake-empty-data');
          expect(volume.capacity === 0 || given.contents![`lab/${file}`]!.blank).toBe(true);
          expect(Object.values(room.declared).map((entry) => entry.file)).toContain(file);
        } else if (file.endsWith('.base.qcow2')) {
          expect(kind).toBe('delete-partial-base');
          expect(given.contents![`lab/${file}`]!.image).not.toBe('same');
        } else {
          expect(file).toMatch(/^student-0[12]\.(root|scratch)\.debian-1[23]\.\d{14}\.qcow2$/);
          expect(volume.format).toBe('qcow2');
          const [, name, base] = file.split('.');
          expect(volume.backing).toBe(name === 'root' ? `/pool/${base}.root.base.qcow2` : undefined);
        }
      }
    }),
    parameters,
  );
});

test('every data volume that is wanted, there and sound, and has no place in the state, is taken into it', () => {
  fc.assert(
    fc.property(world, ({ given }) => {
      const taken = new Map(
        planRepair(given).steps.flatMap((step) => ('address' in step ? [[step.address, step.what]] : [])),
      );
      const stored = new Set(given.objects.map(({ address }) => address));
      for (const [address, role] of Object.entries(given.wanted!.addresses)) {
        if (role.role !== 'data' && role.role !== 'archived') continue;
        const file = `${role.clone}.${role.volume}.data.qcow2`;
        const volume = given.hosts[0]!.volumes.find(({ name }) => name === file);
        if (volume?.format === 'qcow2' && !stored.has(address)) expect(taken.get(address)).toBe(file);
      }
    }),
    parameters,
  );
});

test('planning again after the steps are done gives nothing that is to be done', () => {
  fc.assert(
    fc.property(world, ({ given }) => {
      const { steps } = planRepair(given);
      expect(planRepair(carriedOut(given, steps)).steps.filter(isAction)).toEqual([]);
    }),
    parameters,
  );
});

test('the worlds are such that every kind of step is planned in some of them', () => {
  const kinds = new Set(
    fc
      .sample(world, { numRuns: 2000, seed: 1 })
      .flatMap(({ given }) => planRepair(given).steps.map(({ kind }) => kind)),
  );
  kinds.delete('delete-cloud-init');
  expect([...kinds].sort()).toEqual([
    'delete-overlay',
    'delete-partial-base',
    'edit-state-storage-pool',
    'edit-state-volume',
    'import-domain',
    'import-storage-pool',
    'import-volume',
    'leave',
    'remake-empty-data',
  ]);
});
