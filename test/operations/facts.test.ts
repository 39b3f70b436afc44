import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectFacts } from '../../lib/operations/facts';

/** libvirt's own test driver lives in the process of virsh: real libvirt, without a daemon. */
const folder = mkdtempSync(join(tmpdir(), 'regraft-facts-'));
const node = join(folder, 'node.xml');
const env = { PATH: process.env['PATH'], LC_ALL: 'de_DE.UTF-8' };
const host = { provider: '0.8' as const, storage: 'pool', path: '/pool' };
afterAll(() => rmSync(folder, { recursive: true }));

function volume(name: string, pool: string, backing?: string): string {
  const below = backing ? `<backingStore><path>${backing}</path><format type="qcow2"/></backingStore>` : '';
  return `<volume><name>${name}</name><capacity unit="MiB">8</capacity><allocation unit="MiB">2</allocation><target><path>/${pool}/${name}</path><format type="qcow2"/></target>${below}</volume>`;
}

function domain(name: string, uuid: string, ...disks: string[]): string {
  return `<domain type="test"><name>${name}</name><uuid>${uuid}</uuid><memory>1024</memory><os><type>hvm</type></os><devices>${disks.join('')}</devices></domain>`;
}

function disk(source: string, target: string, device = 'disk'): string {
  return `<disk type="${source.includes('pool=') ? 'volume' : 'file'}" device="${device}"><source ${source}/><target dev="${target}" bus="sata"/></disk>`;
}

beforeAll(() => {
  const domains = [
    domain(
      'one',
      '00000000-0000-0000-0000-000000000001',
      disk('file="/pool/over.qcow2"', 'sda'),
      '<disk type="file" device="cdrom"><target dev="sdb" bus="sata"/></disk>',
    ),
    domain(
      'of "other; origin',
      '00000000-0000-0000-0000-000000000002',
      disk('pool="elsewhere" volume="top.qcow2"', 'sda'),
    ),
  ];
  const pools = [
    [
      'pool',
      volume('base.qcow2', 'pool'),
      volume('over.qcow2', 'pool', '/pool/base.qcow2'),
      volume("it's 1.qcow2", 'pool'),
    ],
    [
      'elsewhere',
      volume('top.qcow2', 'elsewhere', '/elsewhere/middle.qcow2'),
      volume('middle.qcow2', 'elsewhere', '/pool/base.qcow2'),
    ],
  ].map(
    ([name, ...volumes]) =>
      `<pool type="dir"><name>${name}</name><capacity>107374182400</capacity><allocation>0</allocation><target><path>/${name}</path></target>${volumes.join('')}</pool>`,
  );
  writeFileSync(node, `<node>${domains.join('')}${pools.join('')}</node>`);
});

test('machines, volumes and whole backing chains, across storage pools and through names that need quotes', async () => {
  const { facts, notices } = await collectFacts(
    { lab: host },
    { provider: { libvirt: [{ alias: 'lab', uri: `test://${node}` }] } },
    { env },
  );
  expect(notices).toEqual([]);
  expect(facts).toHaveLength(1);
  const [{ domains, volumes, available }] = facts as [(typeof facts)[number]];
  expect(domains).toEqual([
    {
      name: 'one',
      uuid: '00000000-0000-0000-0000-000000000001',
      running: true,
      disks: [
        { target: 'sda', device: 'disk', path: '/pool/over.qcow2', backingChain: ['/pool/base.qcow2'] },
        { target: 'sdb', device: 'cdrom', backingChain: [] },
      ],
    },
    {
      name: 'of "other; origin',
      uuid: '00000000-0000-0000-0000-000000000002',
      running: true,
      disks: [
        {
          target: 'sda',
          device: 'disk',
          path: '/elsewhere/top.qcow2',
          backingChain: ['/elsewhere/middle.qcow2', '/pool/base.qcow2'],
        },
      ],
    },
  ]);
  expect(volumes.map(({ name }) => name).sort()).toEqual(['base.qcow2', "it's 1.qcow2", 'over.qcow2']);
  expect(volumes.find(({ name }) => name === 'over.qcow2')).toEqual({
    name: 'over.qcow2',
    path: '/pool/over.qcow2',
    allocation: 2 * 2 ** 20,
    capacity: 8 * 2 ** 20,
    format: 'qcow2',
    modified: '',
    backing: '/pool/base.qcow2',
  });
  expect(available).toBeGreaterThan(0);
});

test('a machine on a volume that its storage pool does not have says where it would be; of another storage pool nothing is said', async () => {
  const lost = join(folder, 'lost.xml');
  const uuid = '00000000-0000-0000-0000-000000000003';
  const machine = domain(
    'lost',
    uuid,
    disk('pool="pool" volume="gone.qcow2"', 'sda'),
    disk('pool="elsewhere" volume="gone.qcow2"', 'sdb'),
  );
  const pool = `<pool type="dir"><name>pool</name><capacity>1024</capacity><allocation>0</allocation><target><path>/pool</path></target></pool>`;
  writeFileSync(lost, `<node>${machine}${pool}</node>`);
  const { facts } = await collectFacts({ lab: { ...host, uri: `test://${lost}` } }, {}, { env });
  expect(facts[0]!.domains[0]!.disks).toEqual([
    { target: 'sda', device: 'disk', missing: '/pool/gone.qcow2', backingChain: [] },
    { target: 'sdb', device: 'disk', backingChain: [] },
  ]);
});

test('a storage pool that is not there yet has no volumes and no end that is known', async () => {
  const { facts } = await collectFacts(
    { lab: { ...host, storage: 'new', uri: `test://${node}` } },
    {},
    { env },
  );
  expect(facts).toMatchObject([{ volumes: [], available: Number.POSITIVE_INFINITY }]);
});

test.each([
  ['qemu://me:hidden@host/system', /host lab is not asked: there is a password in its URI/],
  ['${var.uri}', /host lab is not asked: its URI is known to Terraform only/],
  ['test:///no/such/file.xml', /libvirt on host lab is not reachable \(.*\)/],
])('a host at %s is told, not asked', async (uri, expected) => {
  const { facts, notices } = await collectFacts(
    { lab: host },
    { provider: { libvirt: [{ alias: 'lab', uri }] } },
    { env },
  );
  expect(facts).toEqual([]);
  expect(notices).toEqual([expect.stringMatching(expected)]);
  expect(notices[0]).not.toContain('hidden');
});

test('without virsh it says which package has it', async () => {
  const { notices } = await collectFacts(
    { lab: { ...host, uri: 'test:///default' } },
    {},
    { env: { PATH: folder } },
  );
  expect(notices[0]).toContain('there is no program virsh: install libvirt');
});
