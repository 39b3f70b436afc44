import type { HostContents, HostDisk, HostFile } from '../../../lib/model/host-contents';
import type { Manifest } from '../../../lib/model/manifest';
import { plannedVolumes } from '../../../lib/operations/prepare/volumes';

const POOL = '/lab/pool';
const ROOT = 'draft.root.old.20260101000000.qcow2';

function file(name: string, more: Partial<HostFile> = {}): HostFile {
  const path = `${POOL}/${name}`;
  return {
    ...{ path, name, pool: 'pool', identity: path, presence: 'present', format: 'qcow2' },
    ...{ capacity: 2 ** 30, allocation: 2 ** 20, ...more },
  };
}

function disk(target: string, name: string, more: Partial<HostDisk> = {}): HostDisk {
  return { target, device: 'disk', bus: 'virtio', format: 'qcow2', path: `${POOL}/${name}`, ...more };
}

const below = { path: `${POOL}/old.root.base.qcow2`, format: 'qcow2' };
const files = [
  file(ROOT, { backing: below }),
  file('old.root.base.qcow2', { allocation: 2 ** 24 }),
  file('draft.scratch.old.20260101000000.qcow2', {
    capacity: 2 ** 22,
    backing: { path: `${POOL}/old.scratch.base.qcow2`, format: 'raw' },
  }),
  file('old.scratch.base.qcow2', { format: 'raw', allocation: 2 ** 21 }),
  file('draft.home.data.qcow2'),
];
const disks = [
  disk('vda', ROOT),
  disk('vdb', 'draft.scratch.old.20260101000000.qcow2'),
  disk('sda', 'draft.home.data.qcow2', { bus: 'scsi' }),
];

interface World {
  /** Files that are other than usual; `undefined` for one that is gone. */
  readonly files?: Readonly<Record<string, Partial<HostFile> | undefined>>;
  readonly disks?: readonly HostDisk[];
  readonly withData?: boolean;
  readonly base?: string;
}

function planned({ files: changed = {}, disks: own = disks, withData = false, base = 'old' }: World = {}) {
  const contents: HostContents = {
    pools: [],
    files: files.flatMap((one) =>
      one.name! in changed && changed[one.name!] === undefined ? [] : [{ ...one, ...changed[one.name!] }],
    ),
    domains: [
      {
        ...{ name: 'draft', uuid: 'u', running: false, xml: '', liveDisks: [], kept: [] },
        disks: own,
      },
    ],
  };
  const volume = (type: 'system' | 'temporary' | 'data', target: string) => ({ type, target, address: '' });
  const entry = {
    ...{ base, uuid: 'u', macs: [], domain: '' },
    volumes: {
      root: volume('system', 'vda'),
      scratch: volume('temporary', 'vdb'),
      home: volume('data', 'sda'),
    },
  };
  const manifest = {
    bases: {
      'lab/old': {
        ...{ host: 'lab', retired: false },
        volumes: {
          home: { type: 'data' },
          scratch: { type: 'temporary', file: 'old.scratch.base.qcow2' },
          root: { type: 'system', file: 'old.root.base.qcow2' },
        },
      },
    },
  } as unknown as Manifest;
  const draft = { clone: 'draft', host: 'lab', storage: 'pool', entry, stack: { manifest } };
  return plannedVolumes(draft, { as: 'new', withData }, contents);
}

test('the outline is that of the draft, in the order of the disks; the most that a copy takes is what its chain takes', () => {
  expect(planned()).toEqual([
    {
      ...{ name: 'root', type: 'system', bus: 'virtio', size: 2 ** 30, boot: true, format: 'qcow2' },
      ...{ from: ROOT, file: 'new.root.base.qcow2', bytes: 2 ** 20 + 2 ** 24 },
    },
    {
      ...{ name: 'scratch', type: 'temporary', bus: 'virtio', size: 2 ** 22, boot: false, format: 'raw' },
      // What the guest has written on its own temporary volume is no part of the base.
      ...{ from: 'old.scratch.base.qcow2', file: 'new.scratch.base.qcow2', bytes: 2 ** 21 },
    },
    { name: 'home', type: 'data', bus: 'scsi', size: 2 ** 30, boot: false, bytes: 0, format: 'qcow2' },
  ]);
});

test('a copy takes no more than the virtual size, and data is a seed where that is asked for', () => {
  const grown = planned({ withData: true, files: { [ROOT]: { allocation: 2 ** 40 } } });
  expect(grown.map(({ bytes }) => bytes)).toEqual([2 ** 30, 2 ** 21, 2 ** 20]);
  expect(grown[2]).toMatchObject({ from: 'draft.home.data.qcow2', seed: 'new.home.seed.qcow2' });
});

test('a raw data volume is known to be raw by the machine, whatever libvirt takes its first bytes for', () => {
  const raw = [...disks.slice(0, 2), disk('sda', 'draft.home.data.qcow2', { bus: 'scsi', format: 'raw' })];
  const lie = { backing: { path: '/etc/shadow', format: 'raw' } };
  const [, , home] = planned({ withData: true, disks: raw, files: { 'draft.home.data.qcow2': lie } });
  expect(home).toMatchObject({ format: 'raw', seed: 'new.home.seed.qcow2' });
});

test.each<[string, World, RegExp]>([
  [
    'a system volume that is raw to its machine',
    { disks: [disk('vda', ROOT, { format: 'raw' })] },
    /prepared from qcow2 overlays only/,
  ],
  [
    'a system volume without a backing file',
    { files: { [ROOT]: { backing: undefined } } as never },
    /is no overlay but qcow2/,
  ],
  [
    'a chain that is broken',
    { files: { 'old.root.base.qcow2': undefined } },
    /stands on .*old\.root\.base\.qcow2, which cannot be read/,
  ],
  [
    'a chain whose format is a guess',
    { files: { [ROOT]: { backing: { path: below.path } } } },
    /does not say in which format it stands on/,
  ],
  ['a file that is gone', { disks: [disk('vda', 'draft.root.other.20260101000000.qcow2')] }, /is not there/],
  ['the disk of another machine', { disks: [disk('vda', 'old.root.base.qcow2')] }, /no volume of its own/],
  ['a machine without the disk', { disks: [] }, /is no disk vda of its machine/],
  ['a base that the state does not have', { base: 'none' }, /on base none, which it does not have/],
  [
    'a temporary volume on something else',
    {
      files: {
        'draft.scratch.old.20260101000000.qcow2': { backing: { path: '/etc/shadow', format: 'raw' } },
      },
    },
    /stands on \/etc\/shadow \(raw\), expected old\.scratch\.base\.qcow2/,
  ],
  [
    'a qcow2 data volume that stands on something',
    {
      withData: true,
      files: { 'draft.home.data.qcow2': { backing: { path: '/etc/shadow', format: 'raw' } } },
    },
    /on \/etc\/shadow: expected qcow2 without a backing file/,
  ],
])('%s is refused', (_, world, message) => {
  expect(() => planned(world)).toThrow(message);
});
