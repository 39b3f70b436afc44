import type { Manifest } from '../../lib/model/manifest';
import type { CloneStatus, StackInput } from '../../lib/status';
import { fleetStatus } from '../../lib/status';
import type { Stage } from '../review/classroom';
import { stackOf } from '../review/classroom';
import type { World } from './world';
import { addFile, inputOf, worldOf } from './world';

function manifestOf(stage: Stage): Manifest {
  const { output } = stackOf(stage, '0.8') as { output: { regraft: { value: Manifest } } };
  return output.regraft.value;
}

function poolOf(given: World, more: Partial<StackInput> = {}) {
  return fleetStatus([inputOf(given, more)]).stacks[0]!.pools[0]!;
}

function bases(clones: readonly CloneStatus[]): unknown {
  return clones.map(({ clone, base, retainedBase, wanted, stale }) => [
    clone,
    base,
    retainedBase,
    wanted,
    stale,
  ]);
}

test('in a canary rebase the clones that stay behind are stale, and the code does not want them elsewhere yet', () => {
  const { clones, rebasesTo } = poolOf(worldOf(manifestOf({ rebase: ['student-01'] })));
  expect(rebasesTo).toEqual(['debian-13']);
  expect(bases(clones)).toEqual([
    ['student-01', 'debian-13', 'debian-12', 'debian-13', false],
    ['student-02', 'debian-12', undefined, 'debian-12', true],
  ]);
});

test('a clone that has moved while the manifest in the state is behind is on the base that its machine is on', () => {
  const before = manifestOf({});
  const after = manifestOf({ rebase: 'all' });
  const moved = worldOf(after);
  const stayed = worldOf(before);
  const isOf = (clone: string) => (object: { address: string }) => object.address.includes(clone);
  const given: World = {
    manifest: before,
    objects: [
      ...stayed.objects.filter((object) => !isOf('student-01')(object)),
      ...moved.objects.filter(isOf('student-01')),
    ],
    hosts: moved.hosts,
  };
  const { domains } = given.hosts.get('lab')!;
  domains[1] = stayed.hosts.get('lab')!.domains[1]!;
  const { clones } = poolOf(given, { wanted: after });
  expect(bases(clones)).toEqual([
    ['student-01', 'debian-13', 'debian-12', 'debian-13', false],
    ['student-02', 'debian-12', undefined, 'debian-13', true],
  ]);
});

test('without the synthesized code the manifest in the state says what is wanted', () => {
  const { clones } = poolOf(worldOf(manifestOf({ rebase: 'all' })));
  expect(bases(clones)).toEqual([
    ['student-01', 'debian-13', 'debian-12', 'debian-13', false],
    ['student-02', 'debian-13', 'debian-12', 'debian-13', false],
  ]);
});

test('the base of the code counts after a promotion that was not applied yet', () => {
  const { clones } = poolOf(worldOf(manifestOf({})), { wanted: manifestOf({ base: 'debian-13' }) });
  expect(clones.map(({ stale }) => stale)).toEqual([true, true]);
});

test('a machine that was put onto another overlay of its own by hand is on the base of that one', () => {
  const given = worldOf(manifestOf({ rebase: 'all' }));
  const [domain] = given.hosts.get('lab')!.domains;
  const old = given.hosts
    .get('lab')!
    .volumes.find(({ name }) => name.startsWith('student-01.root.debian-12.'))!;
  const [root, ...others] = domain!.disks;
  domain!.disks = [{ ...root!, path: old.path, backingChain: [old.backing!] }, ...others];
  expect(bases(poolOf(given).clones.slice(0, 1))).toEqual([
    ['student-01', 'debian-12', 'debian-13', 'debian-13', true],
  ]);
});

test('a machine on a file of other origin is on the base that libvirt says stands below it', () => {
  const given = worldOf(manifestOf({}));
  const [domain] = given.hosts.get('lab')!.domains;
  const [root, ...others] = domain!.disks;
  const path = addFile(given, 'lab', 'mine.qcow2', '/pool/debian-13.root.base.qcow2');
  domain!.disks = [{ ...root!, path, backingChain: ['/pool/debian-13.root.base.qcow2'] }, ...others];
  expect(poolOf(given).clones[0]!.base).toBe('debian-13');
});

test('what a first run that broke off has left is known by its name, though the manifest has no such pool', () => {
  const whole = worldOf(manifestOf({}));
  const empty: Manifest = { ...whole.manifest, pools: {}, addresses: {} };
  const given: World = { ...whole, manifest: empty };
  const { pool, clones } = poolOf(given, { wanted: whole.manifest });
  expect(pool).toBe('students');
  expect(clones.map(({ clone, base }) => [clone, base])).toEqual([
    ['student-01', 'debian-12'],
    ['student-02', 'debian-12'],
  ]);
  expect(clones[0]!.volumes.map(({ volume, type }) => [volume, type]).sort()).toEqual([
    ['home', 'data'],
    ['root', 'system'],
    ['scratch', 'temporary'],
  ]);
});

test('an overlay that only another stack knows is no orphan of this one', () => {
  const given = worldOf(manifestOf({}));
  const file = 'other-01.root.debian-12.20260101000000.qcow2';
  addFile(given, 'lab', file, '/pool/debian-12.root.base.qcow2');
  const orphans = (input: StackInput) =>
    fleetStatus([input]).stacks[0]!.hosts[0]!.orphans.map((one) => one.file);
  expect(orphans(inputOf(given))).toEqual([file]);
  const hosts = new Map([['lab', { ...inputOf(given).hosts.get('lab')!, othersFiles: new Set([file]) }]]);
  expect(orphans(inputOf(given, { hosts }))).toEqual([]);
});

test('overlays that no manifest names any more are of the type that the outline of their base says', () => {
  const old = worldOf(manifestOf({}));
  const { clones } = poolOf({ ...old, manifest: manifestOf({ base: 'debian-13' }) });
  expect(clones[0]).toMatchObject({ base: 'debian-12', wanted: 'debian-13', stale: true });
  expect(clones[0]!.volumes.map(({ volume, type }) => [volume, type])).toEqual([
    ['root', 'system'],
    ['scratch', 'temporary'],
    ['home', 'data'],
  ]);
});

test('an overlay that a machine or another file stands on is no orphan, and all that is above a base stands on it', () => {
  const given = worldOf(manifestOf({}));
  const used = 'a.root.debian-12.20250101000000.qcow2';
  const below = 'b.root.debian-12.20250101000000.qcow2';
  const orphan = 'c.root.debian-12.20250101000000.qcow2';
  const base = '/pool/debian-12.root.base.qcow2';
  const top = addFile(given, 'lab', 'top.qcow2', addFile(given, 'lab', below, base));
  const path = addFile(given, 'lab', used, base);
  addFile(given, 'lab', orphan, base);
  const disk = { target: 'sda', device: 'disk', path, backingChain: [base] };
  given.hosts.get('lab')!.domains.push({ name: 'foreign', uuid: 'f', running: false, disks: [disk] });
  const [host] = fleetStatus([inputOf(given)]).stacks[0]!.hosts;
  expect(host!.orphans.map(({ file }) => file)).toEqual([orphan]);
  const { overlays, machines } = host!.bases[0]!.volumes[0]!;
  const own = overlays.filter(({ kind }) => kind === 'current').map((one) => one.clone);
  expect(own).toEqual(['students/student-01', 'students/student-02']);
  expect(overlays.filter(({ kind }) => kind === 'foreign').map((one) => one.path)).toEqual([
    path,
    `/pool/${below}`,
    top,
  ]);
  expect(overlays.filter(({ kind }) => kind === 'orphan').map((one) => one.path)).toEqual([
    `/pool/${orphan}`,
  ]);
  expect(machines).toEqual(['foreign', 'student-01', 'student-02']);
  expect(host!.otherBackings).toEqual([
    { path: `/pool/${below}`, overlays: [{ path: top, kind: 'foreign' }], machines: [] },
  ]);
});
