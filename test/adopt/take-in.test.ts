import { planTakeIn } from '../../lib/adopt/take-in';
import type { TakeInGiven } from '../../lib/adopt/take-in';
import type { Manifest } from '../../lib/model/manifest';
import { World } from './world';

const DATA = 'libvirt_volume.lab__data["p/a/data"]';
const ROOT = 'libvirt_volume.p__a__root__debian';
const DOMAIN = 'libvirt_domain.p__a';

/** A machine on the host, and the code that says it is adopted. */
function given(provider: '0.8' | '0.9' = '0.8'): TakeInGiven & { world: World } {
  const world = new World();
  const image = world.file('debian.qcow2');
  const { uuid } = world.machine('a', [world.overlay('a.qcow2', image), world.file('a-data.qcow2')]);
  const owner = { host: 'lab', pool: 'p', clone: 'a' };
  const wanted: Manifest = {
    version: 1,
    hosts: { lab: { uri: 'qemu:///system', provider, storage: 'images', path: '/pool' } },
    bases: {
      'lab/debian': {
        host: 'lab',
        retired: false,
        volumes: { root: { type: 'system', file: 'debian.qcow2' }, data: { type: 'data' } },
      },
    },
    pools: {
      p: {
        ...{ host: 'lab', base: 'debian', retired: [] },
        clones: {
          a: {
            ...{ base: 'debian', uuid, macs: [], adopted: true, domain: DOMAIN },
            volumes: {
              root: { type: 'system', target: 'vda', address: ROOT },
              data: { type: 'data', target: 'vdb', address: DATA },
            },
          },
        },
      },
    },
    rebases: [],
    addresses: {
      [DOMAIN]: { role: 'domain', ...owner },
      [ROOT]: { role: 'overlay', ...owner, volume: 'root', type: 'system', base: 'debian' },
      [DATA]: { role: 'data', ...owner, volume: 'data', type: 'data', file: 'a-data.qcow2' },
    },
  };
  const { contents } = world.given();
  return { wanted, objects: [], contents: new Map([['lab', contents]]), world };
}

function steps(one: TakeInGiven): string[] {
  return planTakeIn(one).steps.map(({ kind, address }) => `${kind} ${address}`);
}

test('overlays and machines are written, data volumes imported where the provider can', () => {
  expect(steps(given('0.8'))).toEqual([
    `write-volume ${ROOT}`,
    `import-volume ${DATA}`,
    `write-machine ${DOMAIN}`,
  ]);
  expect(steps(given('0.9'))).toEqual([
    `write-volume ${ROOT}`,
    `write-volume ${DATA}`,
    `write-machine ${DOMAIN}`,
  ]);
});

test('what the state holds is left out, so that a killed import goes on', () => {
  const objects = [ROOT, DATA].map((address) => ({ address, type: 'libvirt_volume', attributes: {} }));
  expect(steps({ ...given(), objects })).toEqual([`write-machine ${DOMAIN}`]);
});

test('the same objects at other addresses are forgotten, and so is the image; nothing else is', () => {
  const object = (address: string, id: string) => ({
    address,
    type: address.split('.')[0]!,
    attributes: { id },
  });
  const one = given();
  const objects = [
    object('libvirt_volume.base', '/pool/debian.qcow2'),
    object('libvirt_volume.disk[0]', '/pool/a.qcow2'),
    object('libvirt_domain.a', one.wanted.pools['p']!.clones['a']!.uuid),
    object('libvirt_volume.other', '/pool/other.qcow2'),
    object('libvirt_network.n', '5'),
  ];
  expect(steps({ ...one, objects }).filter((step) => step.startsWith('forget'))).toEqual([
    'forget libvirt_volume.base',
    'forget libvirt_volume.disk[0]',
    'forget libvirt_domain.a',
  ]);
});

test.each<[string, (world: World) => void, string]>([
  ['that is not there', (world) => void world.domains.pop(), 'a is not on host lab'],
  ['with another UUID', (world) => world.change('a', { uuid: 'other' }), 'has the UUID other on host lab'],
  [
    'without a disk',
    (world) => world.change('a', { disks: world.domains[0]!.disks.slice(1) }),
    'a has no disk vda',
  ],
  [
    'with a disk more',
    (world) => {
      const [disk] = world.domains[0]!.disks;
      world.change('a', { disks: [...world.domains[0]!.disks, { ...disk!, target: 'vdc' }] });
    },
    'a has the disk vdc, which the code does not have',
  ],
  [
    'with another data volume',
    (world) => {
      const [root, data] = world.domains[0]!.disks;
      world.change('a', { disks: [root!, { ...data!, path: world.file('else.qcow2') }] });
    },
    'a, vdb is /pool/else.qcow2, and /pool/a-data.qcow2 in the code',
  ],
  [
    'on another image',
    (world) =>
      void (world.files[1] = { ...world.files[1]!, backing: { path: '/pool/new.qcow2', format: 'qcow2' } }),
    'stands on /pool/new.qcow2, and on /pool/debian.qcow2 in the code',
  ],
])('a machine %s is not taken in', (_, change, problem) => {
  const one = given();
  change(one.world);
  expect(planTakeIn(one)).toMatchObject({ steps: [], problems: [expect.stringContaining(problem)] });
});
