import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import { Project } from '../../lab/project';
import type { Finding } from '../../lib/review';
import { byProvider } from './dialect';
import type { Said } from './regraft';
import { Regraft } from './regraft';

const MIB = 2 ** 20;

let lab: Lab;
let project: Project;
let machines: Machines;
let regraft: Regraft;
let code: { readonly image: string; readonly raw: string; readonly [said: string]: string };

beforeAll(async () => {
  lab = await Lab.start({ name: 'verified' });
  project = new Project(lab, 'test/e2e/verified/main.ts');
  machines = new Machines(lab);
  regraft = new Regraft(lab, project);
  code = {
    uri: lab.uri,
    storage: machines.storage,
    consoleLogs: lab.consoleLogs,
    image: guestImage('v1'),
    raw: rawThatLies(),
  };
});

afterAll(async () => {
  project?.remove();
  await lab?.stop();
});

/** A raw disk of 1 MiB whose first bytes are those of a qcow2 of 64 MiB on a file of the host's. */
function rawThatLies(): string {
  const path = join(project.folder, 'lies.img');
  qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', path, '64M');
  execFileSync('truncate', ['-s', String(MIB), path]);
  return path;
}

function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8' });
}

function infoOf(path: string): Record<string, unknown> {
  return JSON.parse(qemuImg('info', '-U', '--output=json', '-f', 'qcow2', path)) as Record<string, unknown>;
}

/** The findings of `regraft plan`, and how it ended. */
async function plan(change: object, ...flags: string[]): Promise<{ exitCode: number; findings: Finding[] }> {
  project.write({ ...code, ...change });
  const { exitCode, stdout, stderr } = await regraft.run('plan', '--json', ...flags);
  if (stdout === '') throw new Error(`regraft plan ended with ${exitCode}:\n${stderr}`);
  return { exitCode, findings: (JSON.parse(stdout) as { findings: Finding[] }).findings };
}

function succeeded(said: Said): Said {
  if (said.exitCode !== 0) throw new Error(`it ended with ${said.exitCode}:\n${said.stdout}${said.stderr}`);
  return said;
}

const codes = (findings: Finding[]) => [...new Set(findings.map(({ code: one }) => one))];
const record = join('.regraft', 'bases.json');

test('an image that is corrupt is refused before anything is made', async () => {
  const corrupt = join(project.folder, 'corrupt.qcow2');
  cpSync(code.image, corrupt);
  const bytes = readFileSync(corrupt);
  bytes.fill(0xff, 0x30000, 0x30100);
  writeFileSync(corrupt, bytes);
  const { exitCode, findings } = await plan({ image: corrupt });
  expect(exitCode).toBe(3);
  expect(findings.find(({ code: one }) => one === 'RG341')).toMatchObject({
    severity: 'refuse',
    address: byProvider({
      libvirt: 'libvirt_volume.lab__bases["golden/root"]',
      regraft: 'regraft_base.lab__golden.volumes["root"]',
    }),
    found: expect.stringContaining('corrupt.qcow2 is corrupt: '),
  });
  expect(await lab.virsh('pool-list', '--all', '--name')).toBe('');
});

test('an image that was replaced after its review is not uploaded', async () => {
  const image = join(project.folder, 'replaced.qcow2');
  cpSync(code['image']!, image);
  const sha256 = await machines.digest(image);
  expect(await plan({ image, sha256 }, '--out', 'reviewed')).toMatchObject({ exitCode: 2 });
  appendFileSync(image, 'x');
  const { exitCode, stderr } = await regraft.run('apply', 'reviewed/lab');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    `has SHA-256 ${await machines.digest(image)}, the code says ${sha256}: nothing was applied`,
  );
  expect(await lab.virsh('pool-list', '--all', '--name')).toBe('');
});

test('a new base without a SHA-256 in the code is told the line to add, once for all of its images', async () => {
  const { exitCode, findings } = await plan({});
  expect(exitCode).toBe(2);
  expect(codes(findings)).toEqual(['RG340']);
  expect(findings).toHaveLength(1);
  expect(findings[0]!.found).toBe(
    `none of apps, add  sha256: '${await machines.digest(code.raw)}'; none of root, add  sha256: '${await machines.digest(code.image)}'`,
  );
});

test('regraft apply records what it has made, which is byte for byte the image', async () => {
  succeeded(await regraft.run('apply', '--auto-approve'));
  const { stacks } = JSON.parse(readFileSync(join(project.folder, record), 'utf8')) as {
    stacks: Record<string, Record<string, object>>;
  };
  expect(stacks['lab']).toMatchObject({
    'lab/golden/root': {
      file: 'golden.root.base.qcow2',
      size: statSync(code.image).size,
      sha256: await machines.digest(code.image),
      by: 'apply',
    },
    'lab/golden/apps': { size: MIB, sha256: await machines.digest(code.raw), by: 'apply' },
  });
});

test('a raw disk that looks like qcow2 on /etc/shadow gains nothing: as a base, and as the seed of a data volume', async () => {
  const overlay = await machines.file('student-01.apps.golden');
  expect(infoOf(overlay)).toMatchObject({ 'backing-filename-format': 'raw', 'virtual-size': MIB });
  const seen = join(project.folder, 'seen.img');
  qemuImg('convert', '-f', 'qcow2', '-O', 'raw', overlay, seen);
  expect(readFileSync(seen).equals(readFileSync(code.raw))).toBe(true);
  const { volumes } = (await machines.bootOnce('student-01'))['student-01']!;
  const sizes = Object.fromEntries(volumes.map(({ name, bytes }) => [name, bytes]));
  expect(sizes).toMatchObject({ apps: MIB, docs: MIB });
  // What the machine wrote went into its overlay; the seed's copy is its own raw file, and stays raw when libvirt has
  // looked at its first bytes again and the machine is defined anew.
  expect(await machines.digest('golden.apps.base.qcow2')).toBe(await machines.digest(code.raw));
  await lab.virsh('pool-refresh', 'pool');
  expect(await lab.virsh('vol-dumpxml', '--pool', 'pool', 'student-01.docs.data.qcow2')).toContain(
    "<format type='qcow2'/>",
  );
  const consoleLogs = join(lab.directory, 'other-logs');
  mkdirSync(consoleLogs);
  const again = await plan({ consoleLogs });
  expect(again.exitCode).toBe(2);
  // The second is what libvirt believes to be below it. Regraft's own provider takes the format from the code alone.
  expect(codes(again.findings)).toEqual(byProvider({ libvirt: ['RG241', 'RG703'], regraft: ['RG703'] }));
  succeeded(await regraft.run('apply', '--auto-approve'));
  const disks = (await machines.xml('student-01')).matchAll(/<disk .*?type='(\w+)'.*?<serial>(\w+)/gs);
  expect(await machines.xml('student-01')).toContain('other-logs');
  expect(
    Object.fromEntries(
      [...disks].map(([text, , name]) => [name, /driver name='qemu' type='(\w+)'/.exec(text)?.[1]]),
    ),
  ).toEqual({
    root: 'qcow2',
    apps: 'qcow2',
    docs: 'raw',
  });
});

test('verify finds a base volume that was written to, as plan --verify does, with both digests', async () => {
  const [file, expected] = [await machines.file('golden.root.base'), await machines.digest(code.image)];
  expect(succeeded(await regraft.run('verify')).stdout).toContain(
    `lab/golden/root: equal, SHA-256 ${expected}, as recorded at `,
  );
  const bytes = readFileSync(file);
  chmodSync(file, 0o644);
  writeFileSync(file, Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])]));
  const found = await machines.digest(file);
  const said = await regraft.run('verify', 'golden');
  expect(said.exitCode).toBe(3);
  expect(said.stdout).toContain(
    `lab/golden/root: MISMATCH: golden.root.base.qcow2 has SHA-256 ${found}, expected ${expected}, as recorded at `,
  );
  expect(said.stdout).toContain('lab/golden/apps: equal');
  const { exitCode, findings } = await plan({ sha256: expected }, '--verify');
  expect(exitCode).toBe(3);
  expect(findings[0]).toMatchObject({
    code: 'RG344',
    expected: `lab/golden/root (golden.root.base.qcow2) with SHA-256 ${expected}, as the code says`,
    found: `SHA-256 ${found}`,
  });
  writeFileSync(file, bytes);
});

test('what was made without regraft apply is recorded by the first verify, which says that it verified nothing', async () => {
  rmSync(join(project.folder, record));
  const first = succeeded(await regraft.run('verify', '--json'));
  const second = succeeded(await regraft.run('verify', '--json'));
  const statuses = ({ stdout }: Said) =>
    (JSON.parse(stdout) as { volumes: { volume: string; status: string; by?: string }[] }).volumes.map(
      ({ volume, status, by }) => [volume, status, by],
    );
  // The code says a SHA-256 of the root by now.
  expect(statuses(first)).toEqual([
    ['apps', 'recorded', undefined],
    ['root', 'equal', 'code'],
  ]);
  expect(statuses(second)).toEqual([
    ['apps', 'equal', 'record'],
    ['root', 'equal', 'code'],
  ]);
  rmSync(await machines.file('golden.apps.base'));
  const gone = await regraft.run('verify', 'golden');
  expect(gone.exitCode).toBe(1);
  expect(gone.stdout).toContain(
    'lab/golden/apps: not read: golden.apps.base.qcow2 is not in storage pool pool',
  );
  cpSync(code.raw, join(machines.storage, 'golden.apps.base.qcow2'));
});

test('a volume on the host that is larger than the code says, or boots by another firmware, is found; a backing link that fixes no format too', async () => {
  const file = 'uefi.qcow2';
  const raw = join(project.folder, 'uefi.img');
  writeFileSync(raw, uefiDisk(8 * MIB));
  qemuImg('convert', '-c', '-f', 'raw', '-O', 'qcow2', raw, join(machines.storage, file));
  const overlay = await machines.file('student-01.root.golden');
  const bytes = readFileSync(overlay);
  writeFileSync(overlay, withoutBackingFormat(bytes));
  const { exitCode, findings } = await plan({ existing: { file, size: 4 * MIB } });
  expect(exitCode).toBe(3);
  expect(findings.map(({ code: one, expected, found }) => [one, expected, found])).toEqual(
    expect.arrayContaining([
      ['RG347', 'at least 8MiB, the size of lab/found/root', '4MiB'],
      ['RG346', 'root of base found to boot by BIOS, which guest-01 has', 'only UEFI by its partition table'],
      ['RG440', 'qcow2', `no format in ${overlay}`],
    ]),
  );
});

/** A disk with a GPT whose one partition is an EFI system partition. */
function uefiDisk(size: number): Buffer {
  const disk = Buffer.alloc(size);
  disk[446 + 4] = 0xee;
  disk.writeUInt16LE(0xaa55, 510);
  disk.write('EFI PART', 512);
  disk.writeBigUInt64LE(2n, 512 + 72);
  disk.writeUInt32LE(128, 512 + 80);
  disk.writeUInt32LE(128, 512 + 84);
  Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex').copy(disk, 1024);
  return disk;
}

/** A qcow2 header without its extension for the backing format, as an old `qemu-img create -b` wrote it. */
function withoutBackingFormat(bytes: Buffer): Buffer {
  const at = bytes.indexOf(Buffer.from('e2792aca', 'hex'));
  if (at < 0) throw new Error('there is no backing format in this header');
  const changed = Buffer.from(bytes);
  changed.writeUInt32BE(0, at);
  return changed;
}
