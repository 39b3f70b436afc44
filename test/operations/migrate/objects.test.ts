import type { HostContents, HostFile } from '../../../lib/model/host-contents';
import type { AddressRole, Manifest } from '../../../lib/model/manifest';
import { hostChanges, leftToDo, otherFiles } from '../../../lib/operations/migrate/judgement';
import type { Exchange } from '../../../lib/operations/migrate/objects';
import { exchangeOf } from '../../../lib/operations/migrate/objects';
import { parseRawPlan } from '../../../lib/operations/migrate/trial';
import type { StackContent } from '../../../lib/operations/stacks';
import type { StateObject } from '../../../lib/tools/terraform-state';

const at = (file: string): string => `/pool/${file}`;
const base = at('v1.root.base.qcow2');
const overlay = at('web.root.v1.20260101000000.qcow2');
const data = at('web.home.data.qcow2');
const archived = at('old.home.data.qcow2');
const owner = { host: 'lab', pool: 'p', clone: 'web' };

const roles: Record<string, AddressRole> = {
  'libvirt_volume.lab__bases["v1/root"]': {
    ...{ role: 'base', host: 'lab', base: 'v1', volume: 'root', type: 'system', retired: false },
  },
  'libvirt_volume.p__web__root__v1': {
    ...{ role: 'overlay', ...owner, volume: 'root', type: 'system', base: 'v1' },
  },
  'libvirt_volume.lab__data["p/web/home"]': { role: 'data', ...owner, volume: 'home', type: 'data' },
  'libvirt_volume.lab__archived["p/old/home"]': {
    ...{ role: 'archived', ...owner, clone: 'old', volume: 'home', type: 'data' },
  },
  'libvirt_domain.p__web': { role: 'domain', ...owner },
  'terraform_data.p__web': { role: 'trigger', ...owner },
};
const paths = [base, overlay, data, archived];
const objects: StateObject[] = Object.keys(roles).map((address, index) => ({
  address,
  type: address.split('.')[0]!,
  attributes: { id: paths[index] ?? 'some-uuid' },
  tainted: false,
}));
const applied: Manifest = {
  version: 1,
  hosts: { lab: { provider: '0.8', storage: 'pool', path: '/pool' } },
  bases: {},
  pools: {
    p: {
      ...{ host: 'lab', base: 'v1', retired: ['old'] },
      clones: {
        web: {
          base: 'v1',
          uuid: 'u',
          macs: ['52:54:00:00:00:01'],
          domain: 'libvirt_domain.p__web',
          volumes: {},
        },
      },
    },
  },
  rebases: [],
  addresses: roles,
};
const volumes = {
  root: { type: 'system', target: 'vda', boot: true },
  home: { type: 'data', target: 'vdb' },
};
const clone = {
  provider: 'regraft.lab',
  base: '${regraft_base.lab__v1.name}',
  volumes,
  domain_xml: '<domain/>',
};
const content: StackContent = {
  resource: {
    regraft_base: {
      lab__v1: {
        ...{ provider: 'regraft.lab', name: 'v1', deletion_protection: true },
        volumes: {
          root: { type: 'system', bus: 'virtio', image: '/images/v1.qcow2', format: 'qcow2' },
          home: { type: 'data', bus: 'virtio', size: 4096 },
        },
      },
    },
    regraft_clone: {
      p__web: { ...clone, name: 'web', data_on_destroy: 'keep' },
      p__old: { ...clone, name: 'old', retired: true, data_on_destroy: 'purge' },
    },
  },
};
const file = (path: string, backing?: string): HostFile => ({
  ...{ path, presence: 'present', identity: path, capacity: 4096 },
  ...(backing === undefined ? {} : { backing: { path: backing, format: 'qcow2' } }),
});
const contents: HostContents = {
  pools: [],
  files: [file(base), file(overlay, base), file(data), file(archived)],
  domains: [
    {
      ...{ name: 'web', uuid: 'the-machine-has-it', running: true, xml: '' },
      ...{ disks: [], liveDisks: [], kept: [] },
    },
  ],
};

function exchanged(
  change: { objects?: StateObject[]; contents?: Partial<HostContents>; applied?: Partial<Manifest> } = {},
): Exchange {
  return exchangeOf({
    applied: { ...applied, ...change.applied },
    content,
    objects: change.objects ?? objects,
    hosts: new Map([['lab', { ...contents, ...change.contents }]]),
  });
}

test('every file of the old objects is one of the new ones, which know the machine by the UUID that it has', () => {
  const { problems, leaving, coming } = exchanged();
  expect(problems).toEqual([]);
  expect(leaving.map(({ address }) => address).sort()).toEqual(Object.keys(roles).sort());
  const text = JSON.stringify(coming);
  for (const path of paths) expect(text).toContain(JSON.stringify(path));
  expect(coming).toMatchObject([
    { address: 'regraft_base.lab__v1', dependencies: [], attributes: { record: null } },
    {
      address: 'regraft_clone.p__web',
      dependencies: ['regraft_base.lab__v1'],
      attributes: {
        uuid: 'the-machine-has-it',
        volumes: {
          root: { path: overlay, backing: base, backing_format: 'qcow2', size: 4096, file: null },
          home: { path: data, backing: null, file: 'web.home.data.qcow2' },
        },
      },
    },
    {
      address: 'regraft_clone.p__old',
      attributes: { retired: true, volumes: { root: { path: null }, home: { path: archived } } },
    },
  ]);
});

test.each<[string, Parameters<typeof exchanged>[0], RegExp]>([
  [
    'an object that is not in the state',
    { objects: objects.slice(1) },
    /bases\["v1\/root"\] is not in the state/,
  ],
  [
    'an object that is broken',
    { objects: objects.map((one) => ({ ...one, tainted: true })) },
    /is marked as broken in the state/,
  ],
  ['a machine that is not there', { contents: { domains: [] } }, /machine web is not on host lab/],
  [
    'a file that is not there',
    { contents: { files: contents.files.filter(({ path }) => path !== data) } },
    /web\.home\.data\.qcow2 of clone web is not on host lab/,
  ],
  [
    'a clone on another base than the code says',
    {
      applied: {
        pools: {
          p: {
            ...applied.pools['p']!,
            clones: { web: { ...applied.pools['p']!.clones['web']!, base: 'v0' } },
          },
        },
      },
    },
    /clone web is on base v0, and the code says v1/,
  ],
  [
    'a file in the state that the code knows no more',
    {
      applied: {
        addresses: {
          ...roles,
          'libvirt_volume.p__web__root__v0': {
            role: 'overlay',
            ...owner,
            volume: 'root',
            type: 'system',
            base: 'v0',
          },
        },
      },
      objects: [
        ...objects,
        { ...objects[1]!, address: 'libvirt_volume.p__web__root__v0', attributes: { id: at('left.qcow2') } },
      ],
    },
    /left\.qcow2 .* the code knows it no more/,
  ],
])('%s is a reason to refuse', (_, change, reason) => {
  expect(exchanged(change).problems.join('\n')).toMatch(reason);
});

describe('of the plan of the new state', () => {
  const planOf = (address: string, before: object, after: object, actions = ['update']) =>
    parseRawPlan(
      JSON.stringify({
        resource_changes: [
          { address, type: address.split('.')[0], change: { actions, before, after, after_unknown: {} } },
        ],
      }),
    );
  const own = new Set(['regraft_clone.p__web', 'regraft_base.lab__v1']);

  test('a record of a base may be left to write', () => {
    const plan = planOf('regraft_base.lab__v1', { name: 'v1', record: null }, { name: 'v1', record: '/r' });
    expect(hostChanges(plan, own)).toEqual([]);
    expect(leftToDo(plan)).toMatchObject([{ isRecord: true }]);
  });

  test('nothing else of a base, and nothing of a clone', () => {
    expect(hostChanges(planOf('regraft_base.lab__v1', { size: 1 }, { size: 2 }), own)).toHaveLength(1);
    const drift = planOf('regraft_clone.p__web', { drift: ['vcpu is 2, was 1'] }, { drift: [] });
    expect(hostChanges(drift, own).join()).toContain(
      'changed by hand, which would be undone: vcpu is 2, was 1',
    );
    const secret = planOf('regraft_clone.p__web', { cloud_init: 'secret' }, { cloud_init: 'other' });
    expect(hostChanges(secret, own).join()).toMatch(/cloud_init would be another$/);
  });

  test('words may differ from those that were made up, files may not', () => {
    const made = new Map([['regraft_clone.p__web', { volumes: { root: { path: overlay, size: 1 } } }]]);
    const after = (path: string) => ({ volumes: { root: { path, size: 2 } } });
    expect(otherFiles(planOf('regraft_clone.p__web', {}, after(overlay)), made)).toEqual([]);
    expect(otherFiles(planOf('regraft_clone.p__web', {}, after('/pool/other')), made).join()).toContain(
      `volume root is ${overlay}, planned /pool/other`,
    );
    expect(
      otherFiles(planOf('regraft_clone.p__web', {}, after(overlay), ['delete', 'create']), made),
    ).toHaveLength(1);
  });
});
