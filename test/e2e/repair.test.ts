import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import { Machines, volumeOf } from '../../lab/machines';
import type { CodeChange } from '../../lab/project';
import { Project } from '../../lab/project';
import { libvirtOnly, regraftOnly } from './dialect';
import { Regraft } from './regraft';

/**
 * What killed runs leave, and how `regraft repair` mends it, on a real libvirt.
 *
 * The tests are the chapters of one story and run in order; each ends with nothing to repair and nothing to do.
 */
const ALL = ['student-01', 'student-02', 'student-03'];
const v1: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: ALL };
const HOME = 'libvirt_volume.lab__data["students/student-01/home"]';

const ofLibvirt = libvirtOnly(
  'its provider takes in by its marks what the state does not have, see the tests below',
);

let lab: Lab;
let project: Project;
let machines: Machines;
let regraft: Regraft;

beforeAll(async () => {
  lab = await Lab.start({ name: 'repair' });
  project = new Project(lab);
  machines = new Machines(lab);
  regraft = new Regraft(lab, project);
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

interface Step {
  readonly kind: string;
  readonly what: string;
  readonly why: string;
}

/** The steps of the plan that `regraft repair` makes. */
async function planned(): Promise<Record<string, string>> {
  const { stdout, stderr, exitCode } = await regraft.run('repair', '--json');
  if (exitCode === 1) throw new Error(stderr);
  const [{ steps }] = JSON.parse(stdout) as [{ steps: Step[] }];
  return Object.fromEntries(steps.map(({ kind, what }) => [what, kind]));
}

async function terraform(...args: string[]): Promise<void> {
  const { exitCode, text } = await project.terraform(...args);
  if (exitCode !== 0) throw new Error(text);
}

async function repaired(): Promise<string> {
  const { exitCode, stdout, stderr } = await regraft.run('repair', '--auto-approve');
  if (exitCode !== 0) throw new Error(`${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}

async function planOf(): Promise<{ exitCode: number; stdout: string }> {
  const { exitCode, stdout, stderr } = await regraft.run('plan');
  if (exitCode === 1) throw new Error(stderr);
  return { exitCode, stdout };
}

function file(name: string): string {
  return join(machines.storage, name);
}

function overlay(name: string, backing?: string): string {
  const flags = backing === undefined ? [] : ['-F', 'qcow2', '-b', backing];
  const size = backing === undefined ? ['16M'] : [];
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...flags, file(name), ...size]);
  return name;
}

const stranger = (
  disk: string,
): string => `<domain type="qemu"><name>stranger</name><memory unit="MiB">64</memory>
  <os><type arch="x86_64" machine="q35">hvm</type></os><features><acpi/></features><devices>
  <disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${disk}"/><target dev="vda" bus="virtio"/></disk>
  </devices></domain>`;

test('where nothing was left there is nothing to repair', async () => {
  project.write(v1);
  expect(await project.deploy()).toMatchObject({ exitCode: 0 });
  await machines.boot('student-01');
  await machines.note('student-01', 'home', 'thesis');
  await machines.shutDown('student-01');
  const { exitCode, stdout } = await regraft.run('repair');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Stack lab: nothing to repair\n' });
});

test('orphan overlays go, after they were shown; one in use, one below another, one of another backing and one of a stranger stay', async () => {
  const base = file('guest-v1.root.base.qcow2');
  const orphans = [
    overlay('student-01.root.guest-v1.20200101000000.qcow2', base),
    overlay('student-02.root.guest-v2.20200101000000.qcow2', file('guest-v2.root.base.qcow2')),
    overlay('student-02.scratch.guest-v1.20200101000000.qcow2'),
  ];
  const used = overlay('student-02.root.guest-v1.20200102000000.qcow2', base);
  const below = overlay('student-03.root.guest-v1.20200103000000.qcow2', base);
  const above = overlay('by-hand.qcow2', file(below));
  const foreign = overlay('student-03.root.guest-v1.20200104000000.qcow2', file('guest-v2.root.base.qcow2'));
  const other = overlay('teacher-01.root.guest-v1.20200105000000.qcow2', base);
  const xml = join(project.folder, 'stranger.xml');
  writeFileSync(xml, stranger(file(used)));
  await lab.virsh('define', xml);

  const before = await machines.files();
  const shown = await regraft.run('repair');
  expect(shown).toMatchObject({ exitCode: 2 });
  expect(shown.stderr).toContain('there is something to repair');
  for (const name of orphans) expect(shown.stdout).toContain(`delete overlay  ${name}`);
  expect(await machines.files()).toEqual(before);
  expect(await planned()).toEqual({
    ...Object.fromEntries(orphans.map((name) => [name, 'delete-overlay'])),
    [used]: 'leave',
    [below]: 'leave',
    [foreign]: 'leave',
  });

  await repaired();
  expect(await machines.files()).toEqual(before.filter((name) => !orphans.includes(name)));
  expect(await machines.files()).toEqual(expect.arrayContaining([used, below, above, foreign, other]));
  expect(await regraft.run('repair')).toMatchObject({ exitCode: 0 });
  expect(await planOf()).toMatchObject({ exitCode: 0 });

  await lab.virsh('undefine', 'stranger');
  for (const name of [above, foreign, other]) await lab.virsh('vol-delete', '--pool', 'pool', name);
  await repaired();
  expect(await planned()).toEqual({});
});

ofLibvirt(
  'an overlay that the state has lost is not taken for an orphan once something was written to it',
  async () => {
    const address = 'libvirt_volume.students__student-01__root__guest-v1';
    const backup = join(project.folder, 'backup.tfstate');
    writeFileSync(backup, (await project.terraform('state', 'pull')).text);
    const name = (await machines.file('student-01.root.')).split('/').at(-1)!;
    await lab.virsh('dumpxml', 'student-01');
    const definition = join(project.folder, 'student-01.xml');
    writeFileSync(definition, await machines.xml('student-01'));
    await lab.virsh('undefine', 'student-01');
    for (const one of [address, 'libvirt_domain.students__student-01']) await terraform('state', 'rm', one);
    if (project.generation === '0.8') await terraform('state', 'rm', 'terraform_data.students__student-01');
    expect(await planned()).toEqual({ [name]: 'leave' });
    await lab.virsh('define', definition);
    await terraform('state', 'push', '-force', backup);
    expect(await planOf()).toMatchObject({ exitCode: 0 });
  },
);

ofLibvirt(
  'a data volume that the state does not have is refused by the plan, and taken in by the repair with every byte',
  async () => {
    const digests = await machines.dataDigests();
    const { ino } = statSync(file('student-01.home.data.qcow2'));
    await terraform('state', 'rm', HOME);
    const refused = await planOf();
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout).toContain('RG209');

    const kind = project.generation === '0.8' ? 'import-volume' : 'edit-state-volume';
    expect(await planned()).toEqual({ 'student-01.home.data.qcow2': kind });
    await repaired();
    expect(await planOf()).toMatchObject({ exitCode: 0 });
    expect(await planned()).toEqual({});
    expect(await machines.dataDigests()).toEqual(digests);
    expect(statSync(file('student-01.home.data.qcow2')).ino).toBe(ino);
    const boots = await machines.bootOnce('student-01');
    expect(volumeOf(boots['student-01'], 'home').notes).toEqual(['thesis']);
  },
);

ofLibvirt(
  'a machine that the state does not have is taken in, and the next apply defines it as the same machine',
  async () => {
    const xml = await machines.xml('student-02');
    await terraform('state', 'rm', 'libvirt_domain.students__student-02');
    expect(await planned()).toEqual({ 'student-02': 'import-domain' });
    await repaired();
    expect(await planned()).toEqual({});
    expect(await planOf()).toMatchObject({ exitCode: 2 });
    expect(await project.deploy()).toMatchObject({ exitCode: 0 });
    expect(await planOf()).toMatchObject({ exitCode: 0 });
    const uuid = /<uuid>.*<\/uuid>/;
    expect(uuid.exec(await machines.xml('student-02'))).toEqual(uuid.exec(xml));
  },
);

ofLibvirt('a machine of the name of a clone, without its volumes, is left alone', async () => {
  const state = join(project.folder, 'whole.tfstate');
  writeFileSync(state, (await project.terraform('state', 'pull')).text);
  const definition = join(project.folder, 'student-03.xml');
  writeFileSync(definition, await machines.xml('student-03'));
  await terraform('state', 'rm', 'libvirt_domain.students__student-03');
  await lab.virsh('undefine', 'student-03');
  const xml = join(project.folder, 'other.xml');
  writeFileSync(xml, stranger('/nowhere.qcow2').replace('stranger', 'student-03'));
  await lab.virsh('define', xml);
  expect(await planned()).toEqual({ 'student-03': 'leave' });
  expect(await regraft.run('repair', '--auto-approve')).toMatchObject({ exitCode: 0 });
  await lab.virsh('undefine', 'student-03');
  await lab.virsh('define', definition);
  await terraform('state', 'push', '-force', state);
  expect(await planOf()).toMatchObject({ exitCode: 0 });
});

ofLibvirt(
  'a whole base is taken in as it is; half an upload is refused by the plan, deleted by the repair and made by the next apply',
  async () => {
    const address = 'libvirt_volume.lab__bases["guest-v2/root"]';
    const name = 'guest-v2.root.base.qcow2';
    const digest = await machines.digest(name);
    const { ino } = statSync(file(name));
    await terraform('state', 'rm', address);
    expect(await planned()).toEqual({ [name]: 'edit-state-volume' });

    // A stack that says the base otherwise than regraft writes it: what Terraform would change does not stay in the state.
    const stack = join(project.stackFolder, 'cdk.tf.json');
    const synthesized = project.synthesized();
    writeFileSync(stack, synthesized.replaceAll('0444', '0440'));
    const objects = await project.terraform('state', 'list');
    const failed = await regraft.run('repair', '--auto-approve');
    expect(failed).toMatchObject({ exitCode: 1 });
    expect(failed.stderr).toMatch(
      /the state holds again what it held before; the backup is .*docs\/repair\.md/,
    );
    expect(await project.terraform('state', 'list')).toEqual(objects);
    writeFileSync(stack, synthesized);

    await repaired();
    expect(await planOf()).toMatchObject({ exitCode: 0 });
    expect(statSync(file(name)).ino).toBe(ino);
    const backups = readdirSync(join(project.folder, '.regraft/backups'));
    expect(backups.length).toBeGreaterThan(0);
    for (const backup of backups)
      expect(statSync(join(project.folder, '.regraft/backups', backup)).mode & 0o777).toBe(0o600);

    await terraform('state', 'rm', address);
    chmodSync(file(name), 0o644);
    truncateSync(file(name), Math.floor(statSync(file(name)).size / 2));
    const refused = await planOf();
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout).toContain('RG311');
    expect(await planned()).toEqual({ [name]: 'delete-partial-base' });
    await repaired();
    expect(existsSync(file(name))).toBe(false);
    expect(await planOf()).toMatchObject({ exitCode: 2 });
    expect(await project.deploy()).toMatchObject({ exitCode: 0 });
    expect(await machines.digest(name)).toBe(digest);
    expect(await planOf()).toMatchObject({ exitCode: 0 });
  },
);

ofLibvirt('a base that clones stand on is never deleted, whatever it holds', async () => {
  const address = 'libvirt_volume.lab__bases["guest-v1/root"]';
  const name = 'guest-v1.root.base.qcow2';
  const state = join(project.folder, 'whole.tfstate');
  writeFileSync(state, (await project.terraform('state', 'pull')).text);
  const { size } = statSync(file(name));
  await terraform('state', 'rm', address);
  truncateSync(file(name), size + 512);
  expect(await planned()).toEqual({ [name]: 'leave' });
  truncateSync(file(name), size);
  await repaired();
  expect(await planOf()).toMatchObject({ exitCode: 0 });
});

ofLibvirt(
  'when the state is lost altogether, all that holds data is taken in, and nothing of it changes',
  async () => {
    const digests = await machines.dataDigests();
    renameSync(join(project.folder, 'terraform.lab.tfstate'), join(project.folder, 'lost.tfstate'));
    const kinds = await planned();
    expect(kinds).toMatchObject({
      'student-01.home.data.qcow2': project.generation === '0.8' ? 'import-volume' : 'edit-state-volume',
      'guest-v1.root.base.qcow2': 'edit-state-volume',
      pool: project.generation === '0.8' ? 'import-storage-pool' : 'edit-state-storage-pool',
    });
    expect(Object.values(kinds).filter((kind) => kind.startsWith('delete'))).toEqual([]);
    await repaired();
    const bases = await machines.digest('guest-v1.root.base.qcow2');
    expect(await project.deploy()).toMatchObject({ exitCode: 0 });
    // The machines are on new overlays now; the old ones are orphans.
    const orphans = await planned();
    expect(new Set(Object.values(orphans))).toEqual(new Set(['delete-overlay']));
    await repaired();
    expect(await planned()).toEqual({});
    expect(await planOf()).toMatchObject({ exitCode: 0 });
    expect(await machines.dataDigests()).toEqual(digests);
    expect(await machines.digest('guest-v1.root.base.qcow2')).toBe(bases);
    const boots = await machines.bootOnce('student-01');
    expect(volumeOf(boots['student-01'], 'home').notes).toEqual(['thesis']);
  },
);

/** Applies what the code says, after a plan that is safe; the provider finds again what the state does not have. */
async function applied(): Promise<void> {
  expect(await planOf()).toMatchObject({ exitCode: 2 });
  const { exitCode, stderr } = await regraft.run('apply', '--auto-approve');
  if (exitCode !== 0) throw new Error(stderr);
  expect(await planned()).toEqual({});
  expect(await planOf()).toMatchObject({ exitCode: 0 });
}

regraftOnly(
  'a clone that the state has lost is left by the repair, and taken over by the next apply as it stands',
  async () => {
    const before = [await machines.factsOf('student-01'), await machines.xml('student-01')];
    await terraform('state', 'rm', 'regraft_clone.students__student-01');
    expect(new Set(Object.values(await planned()))).toEqual(new Set(['leave']));
    expect((await planOf()).stdout).toContain('RG214');
    await applied();
    expect([await machines.factsOf('student-01'), await machines.xml('student-01')]).toEqual(before);
  },
);

regraftOnly('one whose machine is gone too gets a new system, and its data as it was', async () => {
  const digests = await machines.dataDigests();
  await terraform('state', 'rm', 'regraft_clone.students__student-01');
  await lab.virsh('undefine', 'student-01');
  expect(new Set(Object.values(await planned()))).toEqual(new Set(['leave']));
  expect(await regraft.run('apply', '--auto-approve')).toMatchObject({ exitCode: 0 });
  expect(await machines.dataDigests()).toEqual(digests);
  const boots = await machines.bootOnce('student-01');
  expect(volumeOf(boots['student-01'], 'home').notes).toEqual(['thesis']);
  // Something was written to the old system: only a person can say that it is not needed.
  for (const [name, kind] of Object.entries(await planned())) {
    expect([name, kind]).toEqual([expect.stringContaining('student-01.'), 'leave']);
    await lab.virsh('vol-delete', '--pool', 'pool', name);
  }
  expect(await planOf()).toMatchObject({ exitCode: 0 });
});

regraftOnly(
  'a machine of the name of a clone, which is not its own, is refused by the plan and left alone',
  async () => {
    const state = join(project.folder, 'whole.tfstate');
    writeFileSync(state, (await project.terraform('state', 'pull')).text);
    const definition = join(project.folder, 'student-03.xml');
    writeFileSync(definition, await machines.xml('student-03'));
    await terraform('state', 'rm', 'regraft_clone.students__student-03');
    await lab.virsh('undefine', 'student-03');
    const xml = join(project.folder, 'other.xml');
    writeFileSync(xml, stranger('/nowhere.qcow2').replace('stranger', 'student-03'));
    await lab.virsh('define', xml);
    expect(await planned()).toMatchObject({ 'student-03': 'leave' });
    const refused = await regraft.run('plan');
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toMatch(/machine\s+student-03[^]*was\s+not\s+made\s+for\s+this\s+clone/);
    await lab.virsh('undefine', 'student-03');
    await lab.virsh('define', definition);
    await terraform('state', 'push', '-force', state);
    expect(await planOf()).toMatchObject({ exitCode: 0 });
  },
);

regraftOnly(
  'a whole base is taken over as it is; half an upload is made anew, and another file is not touched',
  async () => {
    const name = 'guest-v2.root.base.qcow2';
    const [digest, { ino, size }] = [await machines.digest(name), statSync(file(name))];
    await terraform('state', 'rm', 'regraft_base.lab__guest-v2');
    expect(await planned()).toEqual({ [name]: 'leave' });
    await applied();
    expect(statSync(file(name)).ino).toBe(ino);

    await terraform('state', 'rm', 'regraft_base.lab__guest-v2');
    truncateSync(file(name), Math.floor(size / 2));
    const other = await regraft.run('apply', '--auto-approve');
    expect(other).toMatchObject({ exitCode: 1 });
    expect(other.stderr).toMatch(/which\s+is\s+not/);
    expect(statSync(file(name)).size).toBe(Math.floor(size / 2));

    writeFileSync(file(`${name}.half-made`), '');
    await lab.virsh('pool-refresh', 'pool');
    await applied();
    expect(await machines.digest(name)).toBe(digest);
  },
);

regraftOnly('when the state is lost altogether, all is taken over, and nothing of it changes', async () => {
  const digests = await machines.dataDigests();
  const before = await machines.factsOf('student-01', 'student-02', 'student-03');
  renameSync(join(project.folder, 'terraform.lab.tfstate'), join(project.folder, 'lost.tfstate'));
  expect(new Set(Object.values(await planned()))).toEqual(new Set(['leave']));
  await applied();
  expect(await machines.dataDigests()).toEqual(digests);
  expect(await machines.factsOf('student-01', 'student-02', 'student-03')).toEqual(before);
  const boots = await machines.bootOnce('student-01');
  expect(volumeOf(boots['student-01'], 'home').notes).toEqual(['thesis']);
});
