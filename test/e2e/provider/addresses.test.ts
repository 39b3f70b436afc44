import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../../lab/lab';
import { Machines } from '../../../lab/machines';
import { baseBlock, cloneBlock, Hcl, providerBlock } from './hcl';

/**
 * What Terraform itself does with addresses and the state: import, move, replace, order, and a name that two of them
 * want; on a real libvirt. The tests are the chapters of one story and run in order.
 */
let lab: Lab;
let hcl: Hcl;
let guests: Machines;
const POOL = 'pool';
const RETAIN_NOTHING = { data_on_destroy: '"keep"' };

beforeAll(async () => {
  lab = await Lab.start({ name: 'addresses' });
  hcl = new Hcl(lab, 'first');
  guests = new Machines(lab);
});

afterAll(() => lab?.stop());

type Attributes = Readonly<Record<string, string>>;

function write({
  bases = ['v1'],
  base = 'v1',
  a = {},
  address = 'a',
  more = [],
}: {
  bases?: readonly string[];
  base?: string;
  a?: Attributes;
  address?: string;
  more?: readonly string[];
} = {}): void {
  hcl.write(
    providerBlock(lab, POOL, withTime ? {} : { plan_time: 'null' }),
    ...bases.map((name) => baseBlock(name, { deletion_protection: 'false', ...baseMore })),
    cloneBlock('a', base, { ...RETAIN_NOTHING, ...a }, address),
    cloneBlock('b', base),
    ...more,
  );
}
let baseMore: Attributes = {};
let withTime = true;

/** All that is on the host of a clone. */
async function onHost(name = 'a'): Promise<object> {
  return { files: await guests.factsOf(name), xml: await guests.xml(name) };
}

async function autostarted(): Promise<string[]> {
  return (await lab.virsh('list', '--all', '--autostart', '--name')).trim().split('\n');
}

const errors = ({ told }: Awaited<ReturnType<Hcl['plan']>>): string[] =>
  told.filter(({ severity }) => severity === 'error').map(({ summary }) => summary);

test('whether a machine starts with its host is set, shown when it was changed by hand, and changed back', async () => {
  write({ a: { autostart: 'true' } });
  await hcl.init();
  await hcl.applied();
  expect(await autostarted()).toEqual(['a']);
  const before = await onHost();
  await lab.virsh('autostart', 'a', '--disable');
  await lab.virsh('autostart', 'b');
  expect((await hcl.plan()).changes).toEqual(['update regraft_clone.a', 'update regraft_clone.b']);
  await hcl.applied();
  expect(await autostarted()).toEqual(['a']);
  expect(await onHost()).toEqual(before);
  expect((await hcl.plan()).changes).toEqual([]);
});

test('another address is told by a moved block, which changes nothing, and refused without one', async () => {
  const before = await onHost();
  write({ a: { autostart: 'true' }, address: 'c' });
  expect(errors(await hcl.plan())).toEqual([expect.stringMatching(/two clones are called "a".*moved/)]);
  const moved = 'moved {\n  from = regraft_clone.a\n  to = regraft_clone.c\n}';
  write({ a: { autostart: 'true' }, address: 'c', more: [moved] });
  expect((await hcl.plan()).changes).toEqual(['move regraft_clone.c']);
  await hcl.applied();
  expect(await onHost()).toEqual(before);
});

test('import by blocks and by the command: the apply after it changes nothing on the host', async () => {
  const before = [await onHost('a'), await onHost('b'), await guests.factsOf('v1')];
  rmSync(join(hcl.folder, 'terraform.tfstate'));
  const blocks = [
    ['regraft_base.v1', 'v1'],
    ['regraft_clone.a', 'a'],
  ].map(([to, id]) => `import {\n  to = ${to}\n  id = "${id}"\n}`);
  // The command takes no provider block with values that are known in a plan only.
  withTime = false;
  write({ a: { autostart: 'true' } });
  await hcl.must('import', '-no-color', 'regraft_clone.b', 'b');
  withTime = true;
  write({ a: { autostart: 'true' }, more: blocks });
  const { changes } = await hcl.plan();
  expect(changes.filter((change) => !/^(import|update) /.test(change))).toEqual([]);
  await hcl.applied();
  expect([await onHost('a'), await onHost('b'), await guests.factsOf('v1')]).toEqual(before);
  write({ a: { autostart: 'true' } });
  expect((await hcl.plan()).changes).toEqual([]);
});

test('a clone that is replaced has fresh overlays and the data that it had', async () => {
  const [data, uuid] = [await guests.dataDigests(), await lab.virsh('domuuid', 'a')];
  const overlay = await guests.file('a.root.v1.');
  await hcl.applied('-replace=regraft_clone.a');
  expect(await guests.file('a.root.v1.')).not.toBe(overlay);
  expect((await guests.files()).filter((name) => name.startsWith('a.root'))).toHaveLength(1);
  expect(await guests.dataDigests()).toEqual(data);
  expect(await lab.virsh('domuuid', 'a')).toBe(uuid);
  expect((await hcl.plan()).changes).toEqual([]);
});

test('with create_before_destroy, or where it would delete data, a clone is not replaced and nothing changes', async () => {
  const before = await onHost();
  write({ a: { autostart: 'true', lifecycle: '{ create_before_destroy = true }' } });
  const { told } = await hcl.applied('-replace=regraft_clone.a');
  expect(told.map(({ summary }) => summary).join('\n')).toMatch(
    /clone a is not destroyed.*create_before_destroy/,
  );
  expect(await onHost()).toEqual(before);
  write({ a: { autostart: 'true', data_on_destroy: '"purge"' } });
  await hcl.applied();
  expect(errors(await hcl.plan('-replace=regraft_clone.a'))).toEqual([
    expect.stringMatching(/a\.home\.data\.qcow2.*set it to "keep"/),
  ]);
  write({ a: { autostart: 'true' } });
  await hcl.applied();
  expect(await onHost()).toEqual(before);
  expect((await hcl.plan()).changes).toEqual([]);
});

test('of two configurations with one name the second is warned of what it takes over, and takes over nothing that runs', async () => {
  const before = await onHost();
  const second = new Hcl(lab, 'second');
  second.write(
    providerBlock(lab, POOL),
    baseBlock('v1', { volumes: existing('v1') }),
    cloneBlock('a', 'v1', { autostart: 'true' }),
  );
  await second.init();
  const { told } = await second.plan();
  expect(told.map(({ summary }) => summary).join('\n')).toMatch(
    /machine a is on the host, and the state does not know it: regraft made it \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\) on base v1.*whoever else manages it loses it/,
  );
  await lab.virsh('start', 'a', '--paused');
  const refused = await second.plan();
  expect(errors(refused)).toEqual([
    expect.stringMatching(/it is paused.*import \{ to = ADDRESS, id = "a" \}/),
  ]);
  expect(refused.told.find(({ severity }) => severity === 'error')?.code).toContain('name = "a"');
  await lab.virsh('destroy', 'a');
  expect(await onHost()).toEqual(before);
});

function existing(base: string): string {
  return `{ root = { type = "system", existing = "${base}.root.base.qcow2" }, home = { type = "data", size = 4194304 } }`;
}

test('in one apply clones move and their old base goes, last where it has create_before_destroy; otherwise it is kept', async () => {
  const [first, last] = [
    { a: { autostart: 'true' }, bases: ['v1', 'v2'] },
    { a: { autostart: 'true' }, bases: ['v2'], base: 'v2' },
  ];
  write(first);
  await hcl.applied();
  write(last);
  expect(errors(await hcl.apply())).toEqual([
    expect.stringMatching(/base v1 is not deleted.*create_before_destroy = true/),
  ]);
  expect(await lab.virsh('domblklist', 'a')).toContain('.v1.');
  baseMore = { lifecycle: '{ create_before_destroy = true }' };
  write(first);
  await hcl.applied();
  write(last);
  const { changes } = await hcl.applied();
  expect(changes).toEqual(['delete regraft_base.v1', 'update regraft_clone.a', 'update regraft_clone.b']);
  expect((await guests.files()).filter((name) => name.includes('v1'))).toEqual([]);
});

test('a base that only refers to volumes is taken out while clones stand on them', async () => {
  const file = 'v2.root.base.qcow2';
  const second = new Hcl(lab, 'referring');
  const base = baseBlock('other', { deletion_protection: 'false', volumes: existing('v2') });
  const clone = cloneBlock('e', 'other', { autostart: 'false' });
  second.write(providerBlock(lab, POOL), base, clone);
  await second.init();
  await second.applied();
  await second.must('state', 'rm', 'regraft_clone.e');
  second.write(providerBlock(lab, POOL));
  expect((await second.applied()).changes).toEqual(['delete regraft_base.other']);
  expect(await guests.files()).toContain(file);
});
