import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Project } from '../../lab/project';
import type { BaseLayer, HostBases, SupersededBase } from '../../lib/layers';
import type { Code } from './referred/main';
import { byProvider } from './dialect';
import { Regraft } from './regraft';

/** What stands on a base, on a real host with other stacks and with hands in it; the tests are the chapters of one story. */
let lab: Lab;
let project: Project;
let regraft: Regraft;
let pool: string;
let elsewhere: string;
let outside: string;

beforeAll(async () => {
  lab = await Lab.start({ name: 'referred' });
  project = new Project(lab, 'test/e2e/referred/main.ts');
  regraft = new Regraft(lab, project);
  pool = join(lab.pools, 'pool');
  elsewhere = join(lab.pools, 'elsewhere');
  outside = join(lab.pools, 'outside');
  for (const folder of [elsewhere, outside]) mkdirSync(folder, { recursive: true });
  await lab.virsh('pool-create-as', 'elsewhere', 'dir', '--target', elsewhere);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

const code = (change: Code): void => project.write(change);

function overlay(path: string, backing: string): string {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', backing, '-F', 'qcow2', path]);
  return path;
}

async function define(name: string, path: string): Promise<void> {
  const file = join(lab.directory, `${name}.xml`);
  const xml = `<domain type="qemu"><name>${name}</name><memory unit="MiB">64</memory>
    <os><type arch="x86_64" machine="q35">hvm</type></os><devices>
    <disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${path}"/>
    <target dev="vda" bus="virtio"/></disk></devices></domain>`;
  execFileSync('tee', [file], { input: xml, stdio: ['pipe', 'ignore', 'inherit'] });
  await lab.virsh('define', file);
}

async function base(name: string): Promise<BaseLayer> {
  const { exitCode, stdout, stderr } = await regraft.run('bases', '--json');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const [host] = JSON.parse(stdout) as HostBases[];
  return host!.bases.find((one) => (one.base ?? one.path) === name)!;
}

async function superseded(): Promise<SupersededBase[]> {
  const { stdout } = await regraft.run('gc', '--json');
  return JSON.parse(stdout) as SupersededBase[];
}

async function done(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await regraft.run(...args);
  if (exitCode !== 0)
    throw new Error(`regraft ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

const apply = (stack: string): Promise<string> => done('apply', '--auto-approve', '--stack', stack);

/** The text without its spaces, since a terminal's lines are broken, in the middle of long paths too. */
const solid = (text: string): string => text.replace(/\s+/g, '');

test('every base is told with what really stands on it: another stack’s, unmanaged ones in other pools and in none, and machines', async () => {
  code({ managed: { current: {}, old: {} }, golden: 'used' });
  await apply('lab');
  const golden = join(pool, 'golden.root.base.qcow2');
  execFileSync('qemu-img', ['convert', '-O', 'qcow2', guestImage('v1'), golden]);
  chmodSync(golden, 0o444);
  await apply('desks');

  // By qemu-img in another storage pool, through a symbolic link; one on that in no pool at all, below a machine.
  symlinkSync(pool, join(lab.pools, 'way'));
  const mid = overlay(join(elsewhere, 'mid.qcow2'), join(lab.pools, 'way', 'golden.root.base.qcow2'));
  const top = overlay(join(outside, 'top.qcow2'), mid);
  await define('by-hand', top);
  // By virsh, below nothing.
  await lab.virsh(
    ...['vol-create-as', 'pool', 'made by virsh.qcow2', '64M', '--format', 'qcow2'],
    ...['--backing-vol', golden, '--backing-vol-format', 'qcow2'],
  );

  const found = await base('golden');
  expect(found).toMatchObject({ origin: 'existing', mode: '0444', frees: 0, usedBy: ['desks'] });
  expect(found.allocated).toBe(statSync(golden).blocks * 512);
  expect(found.dependents).toEqual([
    { kind: 'clone', path: mid, machines: [{ name: 'by-hand', of: ['next start'] }] },
    { kind: 'clone', path: top, machines: [{ name: 'by-hand', of: ['next start'] }] },
    {
      kind: 'clone',
      path: expect.stringMatching(/\/desk-01\.root\.golden\.\d{14}\.qcow2$/),
      owner: 'desks desks/desk-01',
      machines: [{ name: 'desk-01', of: ['next start'] }],
    },
    { kind: 'unmanaged', path: join(pool, 'made by virsh.qcow2'), machines: [] },
  ]);
  expect(await base('current')).toMatchObject({ origin: 'terraform', frees: 0, usedBy: ['students'] });
  expect(await base('old')).toMatchObject({
    dependents: [],
    frees: statSync(join(pool, 'old.root.base.qcow2')).blocks * 512,
  });
  expect(await superseded()).toMatchObject([
    { base: 'old', next: expect.stringMatching(/retired: true .* stack lab/) },
  ]);
  const { stdout } = await regraft.run('bases');
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('the graph has every layer in each format, the same each time', async () => {
  const [mermaid, dot, svg] = [
    await done('graph'),
    (await regraft.run('graph', '--format', 'dot')).stdout,
    (await regraft.run('graph', '--format', 'svg')).stdout,
  ];
  for (const text of [mermaid, dot, svg]) {
    // SVG has its hyphens as entities.
    for (const name of ['golden.root.base.qcow2', 'made by virsh.qcow2', 'by-hand', 'desk-01', 'top.qcow2'])
      expect(text.replaceAll('&#45;', '-')).toContain(name);
  }
  expect(svg).toMatch(/<svg[^]*<\/svg>\s*$/);
  const file = join(project.folder, 'layers.svg');
  await done('graph', '--format', 'svg', '--output', file);
  expect(readFileSync(file, 'utf8')).toBe(svg);
});

test('a base that is declared is not deleted, and each that stands on it is named', async () => {
  const { exitCode, stdout } = await regraft.run('delete', 'golden', '--auto-approve');
  expect(exitCode).toBe(3);
  const text = solid(stdout);
  for (const words of [
    'is declared by stack desks and not retired',
    'is the base of clones of pool desks',
    `${join(elsewhere, 'mid.qcow2')}, of other origin, machine by-hand`,
    `${join(outside, 'top.qcow2')}, of other origin, machine by-hand`,
    `${join(pool, 'made by virsh.qcow2')}, of other origin, no machine is on it`,
    'qcow2, of desks desks/desk-01, machine desk-01',
  ])
    expect(text).toContain(solid(words));
  expect(existsSync(join(pool, 'golden.root.base.qcow2'))).toBe(true);
});

test('retiring is refused while anything that stays stands on it: a base of Terraform’s, and one that is not', async () => {
  // The stack's own overlay leaves with this very plan, those of others do not.
  code({ managed: { current: {}, old: {} }, golden: 'retired' });
  const other = await regraft.run('plan', 'desks', '--json');
  expect(other.exitCode).toBe(3);
  const { findings } = JSON.parse(other.stdout) as { findings: { code: string; found: string }[] };
  const [refusal] = findings.filter(({ code: one }) => one === 'RG350');
  expect(refusal!.found).toMatch(/mid\.qcow2 \(machine by-hand\)/);
  expect(refusal!.found).toMatch(/top\.qcow2 \(machine by-hand\)/);
  expect(refusal!.found).toContain('made by virsh.qcow2');
  expect(refusal!.found).not.toContain('desk-01');

  overlay(join(elsewhere, 'on-old.qcow2'), join(pool, 'old.root.base.qcow2'));
  code({ managed: { current: {}, old: { retired: true } }, golden: 'used' });
  const own = await regraft.run('plan', 'lab', '--json');
  expect(own.exitCode).toBe(3);
  expect(own.stdout).toContain('RG350');
  expect(own.stdout).toContain(join(elsewhere, 'on-old.qcow2'));
  rmSync(join(elsewhere, 'on-old.qcow2'));
  await apply('lab');
  expect(await superseded()).toMatchObject([{ base: 'old', next: expect.stringMatching(/^drop base old/) }]);
});

test('what comes to stand on a base between review and apply keeps Terraform from deleting it', async () => {
  code({ managed: { current: {} }, golden: 'used' });
  const late = overlay(join(elsewhere, 'late.qcow2'), join(pool, 'old.root.base.qcow2'));
  const { stdout: review, stderr: words } = await regraft.run('plan', 'lab');
  // Regraft's own provider refuses it at plan.
  expect(byProvider({ libvirt: review, regraft: words })).toMatch(
    byProvider({
      libvirt: /RG309[^]*late\.qcow2/,
      regraft: /base old cannot be deleted while[^]*late\.qcow2/,
    }),
  );
  rmSync(late);
  const bundles = join(project.folder, 'bundles');
  expect((await regraft.run('plan', 'lab', '--out', bundles)).exitCode).toBe(2);
  overlay(late, join(pool, 'old.root.base.qcow2'));
  const { exitCode, stderr } = await regraft.run('apply', join(bundles, 'lab'));
  expect(exitCode).toBe(1);
  expect(solid(stderr)).toContain(solid(`${late} stands on base old`));
  expect(existsSync(join(pool, 'old.root.base.qcow2'))).toBe(true);
  rmSync(late);
  await done('apply', join(bundles, 'lab'));
  expect(existsSync(join(pool, 'old.root.base.qcow2'))).toBe(false);
});

test('a retired base is deleted only when the last is gone that stands on it, in a snapshot too, and frees what was said', async () => {
  const golden = join(pool, 'golden.root.base.qcow2');
  await lab.virsh('vol-delete', '--pool', 'pool', 'made by virsh.qcow2');
  await lab.virsh('undefine', 'by-hand');
  rmSync(join(outside, 'top.qcow2'));
  // A machine whose snapshot goes back to an overlay that its definition has left.
  await define('keeper', join(elsewhere, 'mid.qcow2'));
  await lab.virsh('snapshot-create-as', 'keeper', 'before');
  await lab.virsh('detach-disk', 'keeper', 'vda', '--config');

  code({ managed: { current: {} }, golden: 'retired' });
  const refused = await regraft.run('plan', 'desks', '--json');
  expect(refused.stdout).toContain('mid.qcow2 (machine keeper (snapshot before))');
  await lab.virsh('snapshot-delete', 'keeper', 'before', '--metadata');
  rmSync(join(elsewhere, 'mid.qcow2'));
  await apply('desks');

  const again = overlay(join(elsewhere, 'again.qcow2'), golden);
  const one = await regraft.run('delete', 'golden', '--auto-approve');
  expect([one.exitCode, solid(one.stdout)]).toEqual([3, expect.stringContaining(again)]);
  rmSync(again);
  chmodSync(golden, 0o644);
  const two = await regraft.run('delete', 'golden', '--auto-approve');
  expect([two.exitCode, solid(two.stdout)]).toEqual([3, expect.stringContaining('mode0644,expected0444')]);
  chmodSync(golden, 0o444);
  const { frees } = await base('golden');
  expect(frees).toBe(statSync(golden).blocks * 512);
  const asked = await regraft.run('delete', 'golden');
  expect([asked.exitCode, existsSync(golden)]).toEqual([2, true]);
  expect(await superseded()).toMatchObject([
    { base: 'golden', frees, next: 'regraft delete golden --host lab' },
  ]);
  const before = taken();
  await done('delete', 'golden', '--auto-approve');
  expect(existsSync(golden)).toBe(false);
  expect(before - taken()).toBe(frees);
  expect(await superseded()).toEqual([]);
});

/** Bytes that all volumes of the storage pool take; what regraft's own provider notes of a base is none. */
function taken(): number {
  const names = readdirSync(pool).filter((name) => !name.endsWith('.base.json'));
  return names.reduce((sum, name) => sum + statSync(join(pool, name)).blocks * 512, 0);
}
