import { copyFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
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
    providerBlock(lab, POOL),
    ...bases.map((name) => baseBlock(name, { deletion_protection: 'false', ...baseMore })),
    cloneBlock('a', base, { ...RETAIN_NOTHING, ...a }, address),
    cloneBlock('b', base),
    ...more,
  );
}
let baseMore: Attributes = {};

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
  write({ a: { autostart: 'true' }, more: blocks });
  await hcl.must('import', 'regraft_clone.b', 'b');
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
  const replaced = await hcl.applied('-replace=regraft_clone.a');
  expect(replaced.told.map(({ summary }) => summary).join('\n')).toMatch(
    /clone a is destroyed and made anew/,
  );
  expect(await guests.file('a.root.v1.')).not.toBe(overlay);
  expect((await guests.files()).filter((name) => name.startsWith('a.root'))).toHaveLength(1);
  expect(await guests.dataDigests()).toEqual(data);
  expect(await lab.virsh('domuuid', 'a')).toBe(uuid);
  expect((await hcl.plan()).changes).toEqual([]);
});

test('with create_before_destroy, or where it would delete data, a clone is not replaced and nothing changes', async () => {
  const before = await onHost();
  write({ a: { autostart: 'true', lifecycle: '{ create_before_destroy = true }' } });
  const first = await hcl.apply('-replace=regraft_clone.a');
  expect(first.exitCode).toBe(1);
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
    baseBlock('v1', { volumes: existing() }),
    cloneBlock('a', 'v1', { autostart: 'true' }),
  );
  await second.init();
  const { told } = await second.plan();
  expect(told.map(({ summary }) => summary).join('\n')).toMatch(
    /machine a is on the host, and the state does not know it: regraft made it \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\) on base v1.*whoever else manages it loses it/,
  );
  await lab.virsh('start', 'a', '--paused');
  const refused = await second.plan();
  expect(errors(refused)).toEqual([expect.stringMatching(/it is paused.*terraform import ADDRESS a/)]);
  expect(refused.told.find(({ severity }) => severity === 'error')?.code).toContain('name = "a"');
  await lab.virsh('destroy', 'a');
  expect(await onHost()).toEqual(before);
});

function existing(): string {
  return '{ root = { type = "system", existing = "v1.root.base.qcow2" }, home = { type = "data", size = 4194304 } }';
}

test('in one apply clones move and their old base goes, last where it has create_before_destroy', async () => {
  copyFileSync(join(hcl.folder, 'terraform.tfstate'), join(hcl.folder, 'kept.tfstate'));
  baseMore = { lifecycle: '{ create_before_destroy = true }' };
  write({ a: { autostart: 'true' }, bases: ['v1', 'v2'] });
  await hcl.applied();
  write({ a: { autostart: 'true' }, bases: ['v2'], base: 'v2' });
  const { changes } = await hcl.applied();
  expect(changes).toEqual(['delete regraft_base.v1', 'update regraft_clone.a', 'update regraft_clone.b']);
  expect((await readdir(join(lab.pools, POOL))).filter((name) => name.includes('v1'))).toEqual([]);
});

test("without it the order is Terraform's", async () => {
  baseMore = {};
  write({ a: { autostart: 'true' }, bases: ['v1', 'v2'], base: 'v2' });
  await hcl.applied();
  write({ a: { autostart: 'true' }, bases: ['v1'], base: 'v1' });
  const outcome = await hcl.apply();
  console.log(
    JSON.stringify(outcome.told, null, 1),
    outcome.text
      .split('\n')
      .map((l) => {
        try {
          return JSON.parse(l)['@message'];
        } catch {
          return l;
        }
      })
      .join('\n'),
  );
});
