import fc from 'fast-check';
import type { HostFile } from '../../lib/model/host-contents';
import { propose } from '../../lib/adopt/propose';
import { World } from './world';

function reasons(world: World, own = {}): Record<string, readonly string[]> {
  return Object.fromEntries(
    propose(world.given(own)).left.map(({ machine, reasons: told }) => [machine, told]),
  );
}

/** Two machines on one image, each with a data volume. */
function pair(): World {
  const world = new World();
  const image = world.file('debian.qcow2');
  for (const name of ['a-1', 'a-2'])
    world.machine(name, [world.overlay(`${name}.qcow2`, image), world.file(`${name}-data.qcow2`)]);
  return world;
}

test('machines on one image become a base and a pool: overlays are system, what stands alone is data', () => {
  const { pools, left } = propose(pair().given());
  expect(left).toEqual([]);
  expect(pools).toMatchObject([
    {
      base: {
        name: 'debian',
        volumes: {
          root: { type: 'system', existing: 'debian.qcow2', format: 'qcow2', boot: true },
          data: { type: 'data', size: 2 ** 30 },
        },
      },
      storage: { name: 'images', path: '/pool' },
      clones: [{ name: 'a-1' }, { name: 'a-2' }],
    },
  ]);
});

test('names of Ravada say what is temporary and what is data, on an image or alone', () => {
  const world = new World();
  const [root, swap, data] = ['vda.ro', 'vdb.ro.SWAP', 'vdc.ro.DATA'].map((end) =>
    world.file(`b-${end}.qcow2`),
  );
  world.machine('one', [
    world.overlay('one-vda.qcow2', root!),
    world.overlay('one-vdb.SWAP.qcow2', swap!),
    world.file('one-vdc.TMP.qcow2'),
    world.overlay('one-vdd.DATA.qcow2', data!),
  ]);
  const [pool] = propose(world.given()).pools;
  expect(pool!.base.name).toBe('b');
  expect(pool!.base.volumes).toMatchObject({
    swap: { type: 'temporary', existing: 'b-vdb.ro.SWAP.qcow2' },
    tmp: { type: 'temporary', size: 2 ** 30 },
    data: { type: 'data' },
  });
  expect(pool!.base.volumes['data']).not.toHaveProperty('existing');
  expect(pool!.clones[0]!.notes).toEqual([expect.stringContaining('keep that file')]);
});

test.each<[string, (world: World, image: string) => void, string]>([
  ['a flat boot disk', (world) => world.machine('x', [world.file('x.qcow2')]), 'flat qcow2 file'],
  [
    'an overlay on an overlay',
    (world, image) => world.machine('x', [world.overlay('x2.qcow2', world.overlay('x1.qcow2', image))]),
    'which stands on /pool/debian.qcow2',
  ],
  [
    'a backing format that is fixed nowhere',
    (world, image) =>
      world.machine('x', [
        world.file('x.qcow2', { backing: { path: image, format: 'qcow2' } }, {
          backingFormat: undefined,
        } as object),
      ]),
    'does not fix the format',
  ],
  [
    'a backing format that is not what is found',
    (world, image) =>
      world.machine('x', [world.overlay('x.qcow2', image, { backing: { path: image, format: 'raw' } })]),
    'takes /pool/debian.qcow2 for raw, and libvirt finds qcow2',
  ],
  [
    'a raw volume that lies',
    (world, image) =>
      world.machine('x', [
        world.overlay('x.qcow2', image),
        world.file('x.raw', { format: 'qcow2', backing: { path: '/etc/shadow', format: 'raw' } }),
      ]),
    'is defined as raw, and libvirt finds qcow2 on /etc/shadow',
  ],
  [
    'a volume of another machine',
    (world, image) => {
      const data = world.file('shared.qcow2');
      world.machine('x', [world.overlay('x.qcow2', image), data]);
      world.machine('y', [world.overlay('y.qcow2', image), data]);
    },
    'is a disk of machine y, too',
  ],
  [
    'a volume of another machine by another name',
    (world, image) => {
      const one = { identity: 'same' } as Partial<HostFile>;
      world.machine('x', [world.overlay('x.qcow2', image), world.file('hard.qcow2', one)]);
      world.machine('y', [world.overlay('y.qcow2', image), world.file('link.qcow2', one)]);
    },
    'is a disk of machine y, too',
  ],
  [
    'a volume on which something stands',
    (world, image) => {
      const data = world.file('x-data.qcow2');
      world.overlay('backup.qcow2', data);
      world.machine('x', [world.overlay('x.qcow2', image), data]);
    },
    '/pool/backup.qcow2 stands on its file',
  ],
  [
    'a snapshot inside of a file',
    (world, image) =>
      world.machine('x', [world.overlay('x.qcow2', image), world.file('d.qcow2', {}, { snapshots: 1 })]),
    'has 1 snapshots inside',
  ],
  [
    'a snapshot of the machine',
    (world, image) => {
      world.machine('x', [world.overlay('x.qcow2', image)]);
      world.change('x', { kept: [{ of: 'snapshot first', disks: [] }] });
    },
    'it has snapshot first',
  ],
  [
    'a file outside of every storage pool',
    (world, image) => {
      world.machine('x', [world.overlay('x.qcow2', image)]);
      const { pool: _, name: __, ...file } = world.files.pop()!;
      world.files.push(file);
    },
    'is in no active storage pool',
  ],
  [
    'an image in another storage pool',
    (world, image) => {
      world.machine('x', [world.overlay('x.qcow2', image)]);
      world.files[0] = { ...world.files[0]!, pool: 'other' };
    },
    'both have to be in one',
  ],
  [
    'a name that regraft refuses',
    (world, image) => world.machine('x y', [world.overlay('x.qcow2', image)]),
    'virsh domrename',
  ],
  [
    'devices in another order',
    (world, image) =>
      world.machine('x', [
        world.overlay('x.qcow2', image),
        world.file('d.qcow2'),
        world.file('x.SWAP.qcow2'),
      ]),
    'vdb (data) would be vdc',
  ],
  [
    'an overlay that regraft has made',
    (world, image) => world.machine('x', [world.overlay('x.root.debian.20260101000000.qcow2', image)]),
    'see regraft repair',
  ],
  [
    'other disks than it runs on',
    (world, image) => {
      const { disks } = world.machine('x', [world.overlay('x.qcow2', image)]);
      world.change('x', { running: true, liveDisks: [{ ...disks[0]!, path: '/pool/other.qcow2' }] });
    },
    'runs on other disks',
  ],
])('%s is a reason to leave a machine', (_, describe, reason) => {
  const world = new World();
  describe(world, world.file('debian.qcow2'));
  const told = reasons(world);
  expect(told[world.domains[0]!.name]?.join('\n')).toContain(reason);
});

test('what the definition would lose is a reason, until it is said that it may go; drives never may', () => {
  const world = new World();
  const parts = [
    { element: 'sound', text: 'sound ich6', lasting: false },
    { element: 'cdrom', text: 'cdrom hda', lasting: true },
  ];
  world.machine('x', [world.overlay('x.qcow2', world.file('b.qcow2'))], { unmodelled: parts });
  expect(reasons(world)['x']).toHaveLength(2);
  expect(reasons(world, { without: ['sound', 'cdrom'] })['x']).toEqual([
    expect.stringContaining('virsh detach-disk x hda --config'),
  ]);
});

test('of machines that differ the largest set becomes the pool, and the others are told with what they differ in', () => {
  const world = pair();
  const image = world.files[0]!.path;
  world.machine('b-1', [world.overlay('b-1.qcow2', image)]);
  const { pools, left } = propose(world.given());
  expect(pools.map(({ clones }) => clones.map(({ name }) => name))).toEqual([['a-1', 'a-2']]);
  expect(left).toEqual([
    { machine: 'b-1', reasons: [expect.stringContaining('its volume data is not there')] },
  ]);
  expect(propose(world.given({ domains: ['b-1'] })).pools.map(({ clones }) => clones.length)).toEqual([1]);
});

test('no two machines of a proposal share a file, and the order in which libvirt lists things says nothing', () => {
  const machine = fc.record({ image: fc.nat(2), data: fc.nat(5), raw: fc.boolean() });
  fc.assert(
    fc.property(fc.array(machine, { maxLength: 8 }), fc.nat(), (machines, seed) => {
      const world = new World();
      const images = [0, 1, 2].map((number) => world.file(`image-${number}.qcow2`));
      const shared = [0, 1, 2, 3, 4, 5].map((number) => world.file(`data-${number}.qcow2`));
      machines.forEach(({ image, data, raw }, index) =>
        world.machine(`m-${index}`, [
          world.overlay(`m-${index}.qcow2`, images[image]!),
          raw ? world.file(`m-${index}.raw`, { format: 'raw' }) : shared[data]!,
        ]),
      );
      const proposal = propose(world.given());
      const files = proposal.pools.flatMap(({ clones }) =>
        clones.flatMap(({ volumes }) => volumes.map(({ file }) => file)),
      );
      expect(new Set(files).size).toBe(files.length);
      expect(proposal.pools.flatMap(({ clones }) => clones).length + proposal.left.length).toBe(
        machines.length,
      );
      const turn = seed % Math.max(1, machines.length);
      const { domains } = world;
      domains.push(...domains.splice(0, turn));
      expect(propose(world.given())).toEqual(proposal);
    }),
  );
});
