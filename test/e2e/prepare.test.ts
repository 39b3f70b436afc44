import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '../../lab/lab';
import { Machines } from '../../lab/machines';
import { Project } from '../../lab/project';
import type { PrepareResult } from '../../lib/operations/prepare';
import { RpcGate } from './crash/rpc-gate';
import { killTree } from '../../lab/process-tree';
import { SmallDisk } from './crash/small-disk';
import type { Said } from './regraft';
import { Regraft } from './regraft';
import { onTerminal } from './rollout/session';

/**
 * `regraft prepare` as a user runs it, on a real machine: what it refuses, a guest that lies, and what kills leave.
 *
 * The tests are the chapters of one story and run in order.
 */
const code = readFileSync(join(__dirname, 'prepare/main.ts'), 'utf8');
const SECRET = '/etc/shadow';
const AS_NEXT = ['prepare', 'draft', '--as', 'next', '--auto-approve', '--synthesized'];

let disk: SmallDisk;
let lab: Lab;
let gate: RpcGate;
let project: Project;
let machines: Machines;
let regraft: Regraft;

beforeAll(async () => {
  disk = new SmallDisk(160 * 2 ** 20);
  lab = await Lab.start({ name: 'prepare', pools: disk.path });
  gate = await RpcGate.open(lab);
  project = new Project(lab);
  machines = new Machines(lab);
  regraft = new Regraft(lab, project, gate.uri);
  writeFileSync(join(project.folder, 'home.raw'), Buffer.alloc(8 * 2 ** 20));
  project.writeCode(code);
  const said = await regraft.run('apply', '--auto-approve');
  if (said.exitCode !== 0) throw new Error(`regraft apply ended with ${said.exitCode}:\n${said.stderr}`);
});

afterAll(async () => {
  project?.remove();
  gate?.close();
  await lab?.stop();
  disk?.remove();
});

function prepare(as: string, ...flags: string[]): Promise<Said> {
  return regraft.run('prepare', 'draft', '--as', as, '--auto-approve', '--synthesized', ...flags);
}

async function prepared(as: string, ...flags: string[]): Promise<PrepareResult> {
  const { exitCode, stdout, stderr } = await prepare(as, '--json', ...flags);
  if (exitCode !== 0) throw new Error(`regraft prepare ended with ${exitCode}:\n${stderr}`);
  return JSON.parse(stdout) as PrepareResult;
}

async function power(): Promise<string> {
  return (await lab.virsh('domstate', 'draft')).trim();
}

/** All that a command that is refused leaves as it was. */
async function picture(): Promise<unknown> {
  return {
    power: await power(),
    files: await machines.files(),
    draft: await machines.factsOf('draft'),
    code: project.code(),
  };
}

/** A base's files on the host. */
async function filesOf(base: string): Promise<string[]> {
  return (await machines.files()).filter((name) => name.startsWith(`${base}.`));
}

async function removeBase(base: string): Promise<void> {
  for (const name of await filesOf(base)) await lab.virsh('vol-delete', '--pool', 'pool', name);
}

/** What a guest sees of a qcow2 file. */
function contentOf(file: string): Buffer {
  const raw = join(lab.directory, 'content');
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', file, raw]);
  return readFileSync(raw);
}

describe('what is refused, before anything is done', () => {
  afterEach(async () => {
    project.writeCode(code);
    await removeBase('next');
  });

  test.each<[string, string[], RegExp]>([
    ['a clone that there is not', ['drat', '--as', 'next'], /no clone "drat": did you mean "draft"\?/],
    ['a name that is none', ['draft', '--as', 'next.1'], /base "next\.1" is not a name/],
    ['the name of a base', ['draft', '--as', 'v1'], /there is a base v1/],
    ['a file that is no code', ['draft', '--as', 'next', '--write', 'none.ts'], /has no code none\.ts/],
    ['a policy that there is not', ['draft', '--as', 'next', '--on-busy', 'skip'], /Allowed choices are/],
    ['a base without a name', ['draft'], /required option '--as <name>'/],
  ])('%s', async (_, args, message) => {
    const before = await picture();
    const said = await regraft.run('prepare', ...args, '--auto-approve', '--synthesized');
    expect(said).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) as string });
    expect(await picture()).toEqual(before);
  });

  test('a name of which the host has a volume, or an overlay', async () => {
    for (const file of ['next.root.base.qcow2', 'draft.root.next.20260101000000.qcow2']) {
      await lab.virsh('vol-create-as', 'pool', file, '1M', '--format', 'qcow2');
      const { exitCode, stderr } = await prepare('next');
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(file) as string,
      });
      await lab.virsh('vol-delete', '--pool', 'pool', file);
    }
  });

  test('a storage pool that is too small', async () => {
    disk.fill(20 * 2 ** 20);
    const before = await picture();
    expect((await prepare('next')).stderr).toMatch(
      /storage pool pool has \d+ bytes free, and the volumes of base next/,
    );
    expect(await picture()).toEqual(before);
    disk.empty();
  });

  test('a paused draft', async () => {
    await lab.virsh('start', 'draft', '--paused');
    const { exitCode, stderr } = await prepare('next');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/draft is not off: it is paused .*--on-busy force/) as string,
    });
    expect(await power()).toBe('paused');
    expect(await filesOf('next')).toEqual([]);
    await lab.virsh('destroy', 'draft');
  });

  test('without virt-sysprep --seal says how to get it', async () => {
    const { exitCode, stderr } = await withPrograms({}, () => prepare('next', '--seal'));
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no program virt-sysprep: install it') as string,
    });
    expect(await filesOf('next')).toEqual([]);
  });

  test('a clone that was not applied yet, and a base that the code has as well', async () => {
    project.writeCode(code.replace("['draft']", "['draft', 'other']"));
    const said = await regraft.run('prepare', 'other', '--as', 'next', '--auto-approve');
    expect(said.stderr).toMatch(
      /clone other is in the code, but not in the state of stack lab: make it with/,
    );
    const next =
      "Base.existing(stack, 'next', { host, volumes: { root: Volume.system({ existing: true, size: '64MiB' }) } });";
    project.writeCode(code.replace('app.synth', `${next}\napp.synth`));
    const declared = await regraft.run('prepare', 'draft', '--as', 'next', '--auto-approve');
    expect(declared.stderr).toContain('there is a base next in the code already');
  });

  test('a place in the code that is not clear: what to paste is said', async () => {
    project.writeCode(code.replace("'v1', {", '`v${1}`, {'));
    const before = await picture();
    const args = ['draft', '--as', 'next', '--auto-approve', '--write', 'main.ts'];
    const { exitCode, stderr } = await regraft.run('prepare', ...args);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("main.ts has no new Base(…, 'v1', …)") as string,
    });
    expect(stderr).toContain("root: Volume.system({ existing: true, size: '64MiB' })");
    expect(await picture()).toEqual(before);
  });

  test('a no, and nobody who could say yes', async () => {
    const before = await picture();
    // The code is as it was, and is synthesized so.
    const { exitCode, screen } = await onTerminal(regraft, ['prepare', 'draft', '--as', 'next'], 'no\r');
    expect(exitCode).toBe(1);
    expect(screen).toContain('Base next from draft draft (pool drafts, base v1, host lab; off)');
    expect(screen).toMatch(/root {5}system {5}draft\.root\.v1\.\d+\.qcow2, flattened: at most/);
    expect(screen).toContain('not approved, nothing was changed');
    const said = await regraft.run('prepare', 'draft', '--as', 'next', '--synthesized');
    expect(said).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is nobody to ask') as string,
    });
    expect(await picture()).toEqual(before);
  });
});

test('a guest that lies gains nothing: first sectors that look like a qcow2 file on /etc/shadow stay content', async () => {
  const lie = join(lab.directory, 'lie.qcow2');
  execFileSync('qemu-img', ['create', '-qf', 'qcow2', '-b', SECRET, '-F', 'raw', lie, '8M']);
  const header = readFileSync(lie).subarray(0, 4096);
  const headerFile = join(lab.directory, 'header');
  writeFileSync(headerFile, header);
  const root = await machines.file('draft.root.');
  const home = await machines.file('draft.home.');
  const kept = join(lab.directory, 'kept');
  execFileSync('cp', [root, kept]);
  // What the guest does to its disks, byte for byte.
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -s ${headerFile} 0 4k`, root]);
  execFileSync('qemu-io', ['-f', 'raw', '-c', `write -s ${headerFile} 0 4k`, home]);
  await lab.virsh('pool-refresh', 'pool');
  // libvirt believes it of a raw file: a copy that it makes would have the secret in it.
  const believed = await lab.virsh('vol-dumpxml', '--pool', 'pool', 'draft.home.data.qcow2');
  expect(believed).toMatch(/<format type='qcow2'\/>[^]*<backingStore>\s*<path>\/etc\/shadow<\/path>/);

  const { base } = await prepared('lied', '--with-data');
  const [made, seed] = [await machines.file('lied.root.base'), join(project.folder, 'lied.home.seed.qcow2')];
  expect(base.volumes).toMatchObject([
    { name: 'root' },
    { name: 'scratch' },
    { name: 'home', seed: 'lied.home.seed.qcow2' },
  ]);
  expect(await lab.virsh('vol-dumpxml', '--pool', 'pool', 'lied.root.base.qcow2')).not.toContain(
    'backingStore',
  );
  for (const file of [made, seed]) {
    const info = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', file]).toString()) as object;
    expect(info).toMatchObject({ format: 'qcow2' });
    expect(info).not.toHaveProperty('backing-filename');
  }
  expect(contentOf(made).equals(contentOf(root))).toBe(true);
  expect(contentOf(made).subarray(0, 4096).equals(header)).toBe(true);
  expect(contentOf(seed).equals(readFileSync(home))).toBe(true);
  const secret = readFileSync(SECRET).subarray(0, 64);
  for (const file of [made, seed]) expect(readFileSync(file).includes(secret)).toBe(false);

  execFileSync('cp', [kept, root]);
  execFileSync('qemu-io', ['-f', 'raw', '-c', 'write -z 0 4k', home]);
  rmSync(seed);
  await removeBase('lied');
});

describe('killed anywhere', () => {
  let content: Buffer;
  let draft: Record<string, string>;

  beforeAll(async () => {
    content = contentOf(await machines.file('draft.root.'));
    draft = await draftDigests();
  });

  afterEach(() => removeBase('next'));

  /** A base is not there, or it is whole and known, or something says that it is neither. */
  async function expectNoHalfBase(): Promise<void> {
    const files = await filesOf('next');
    if (files.length > 0) expect(files).toContain('next.preparing');
    expect(await draftDigests()).toEqual(draft);
  }

  async function expectPrepared(): Promise<void> {
    const { base } = await prepared('next');
    expect(await filesOf('next')).toEqual(['next.root.base.qcow2']);
    const file = await machines.file('next.root.base');
    expect(base.volumes[0]).toMatchObject({ sha256: await machines.digest(file) });
    expect(contentOf(file).equals(content)).toBe(true);
    expect(await draftDigests()).toEqual(draft);
    expect(await power()).toBe('shut off');
  }

  test.each<[string, 'createVolume' | 'createVolumeFrom', 'call' | 'answer', string]>([
    ['before the note is made', 'createVolume', 'call', 'next.preparing'],
    ['when the note is empty', 'createVolume', 'answer', 'next.preparing'],
    ['before the copy is begun', 'createVolumeFrom', 'call', 'next.root.base.qcow2'],
    ['when the copy was made', 'createVolumeFrom', 'answer', 'next.root.base.qcow2'],
  ])('%s: no half base, and the same command makes it', async (_, procedure, lost, text) => {
    const killed = started(AS_NEXT, regraft, (kill) => gate.at({ procedure, lost, text }, kill));
    await killed;
    expect(gate.isArmed).toBe(false);
    await expectNoHalfBase();
    await expectPrepared();
  });

  test('when all is made but the digest: it goes on from there', async () => {
    await started(AS_NEXT, regraft, (kill, heard) => heard('SHA-256 of base volume next', kill));
    await expectNoHalfBase();
    expect(await filesOf('next')).toContain('next.preparing');
    const { ino, mtimeMs } = statSync(await machines.file('next.root.base'));
    await expectPrepared();
    expect(statSync(await machines.file('next.root.base'))).toMatchObject({ ino, mtimeMs });
  });

  test('libvirtd, too: regraft waits for it and goes on', async () => {
    gate.at({ procedure: 'createVolumeFrom', lost: 'call', text: 'next.root' }, () => {
      void lab
        .killLibvirtd()
        .then(() => sleep(1000))
        .then(() => lab.startLibvirtd());
    });
    await expectPrepared();
    expect(gate.isArmed).toBe(false);
  });

  test('Ctrl-C in the midst of a copy leaves nothing behind', async () => {
    const said = await started(AS_NEXT, regraft, (_, heard, child) =>
      heard('copy draft', () => child.kill('SIGINT')),
    );
    expect(said).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('interrupted') as string });
    expect(await filesOf('next')).toEqual([]);
    expect(await draftDigests()).toEqual(draft);
  });
});

test('a draft that ran runs again, also when regraft was killed while it was off', async () => {
  await machines.boot('draft');
  await started(AS_NEXT, regraft, (kill, heard) => heard('copy draft', kill));
  expect(await power()).toBe('shut off');
  const { draft } = await prepared('next');
  expect(draft).toEqual({ on: true });
  expect(await power()).toBe('running');
  await removeBase('next');
});

test('--seal cleans the copy and never the draft (a stand-in does in place of virt-sysprep)', async () => {
  await lab.virsh('destroy', 'draft');
  const before = await machines.digest(await machines.file('draft.root.'));
  const calls = join(lab.directory, 'calls');
  const standIn = `#!/bin/sh
echo "$@" >>${calls}
case $1 in
  --list-operations) echo 'firewall-rules   Remove the firewall rules'; echo 'machine-id * Remove the local machine ID'; exit ;;
esac
[ "$1 $2 $3" = '--format qcow2 --add' ] || exit 1
[ "$(stat -c %a "$4")" = 600 ] || exit 1
qemu-io -f qcow2 -c 'write -P 0x5a 1M 4k' "$4" >/dev/null
`;
  const { stdout, exitCode } = await withPrograms({ 'virt-sysprep': standIn }, () =>
    prepare('next', '--seal', '--json'),
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ sealed: ['machine-id'], base: { name: 'next' } });
  expect(await filesOf('next')).toEqual(['next.root.base.qcow2']);
  const made = await machines.file('next.root.base');
  expect(
    contentOf(made)
      .subarray(2 ** 20, 2 ** 20 + 4096)
      .every((byte) => byte === 0x5a),
  ).toBe(true);
  expect(await machines.digest(await machines.file('draft.root.'))).toBe(before);
  expect(readFileSync(calls, 'utf8').split('\n')[1]).toMatch(/--operations machine-id --no-network --quiet$/);

  await removeBase('next');
  const failing = standIn.replace(
    '[ "$1 $2',
    'echo "virt-sysprep: error: no operating systems were found in the guest image" >&2; exit 1; [ "$1 $2',
  );
  const failed = await withPrograms({ 'virt-sysprep': failing }, () => prepare('next', '--seal'));
  expect(failed).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(
      'virt-sysprep: no operating systems were found in the guest image',
    ) as string,
  });
  expect(await filesOf('next')).toEqual([]);
});

/** The SHA-256 of each of the draft's files that a preparation must not touch. */
async function draftDigests(): Promise<Record<string, string>> {
  const own = (await machines.files()).filter((name) => /^draft\.(root|home)\./.test(name));
  return Object.fromEntries(
    await Promise.all(own.map(async (name) => [name, await machines.digest(name)] as const)),
  );
}

/** Runs regraft and does something at a line that it says, such as to kill it with all that it has started. */
async function started(
  args: string[],
  { env }: Regraft,
  arm: (
    kill: () => void,
    heard: (line: string, act: () => void) => void,
    child: ReturnType<typeof spawn>,
  ) => void,
): Promise<Said> {
  const child = spawn('node', [join(__dirname, '../../dist/cli/bin.js'), ...args], {
    cwd: project.folder,
    env,
  });
  const said = { stdout: '', stderr: '' };
  const waiting: { line: string; act: () => void }[] = [];
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString();
    const [first] = waiting;
    if (first && said.stderr.includes(first.line)) waiting.shift()!.act();
  });
  arm(
    () => killTree(child.pid!),
    (line, act) => waiting.push({ line, act }),
    child,
  );
  return new Promise((resolve) => child.on('close', (code) => resolve({ exitCode: code ?? 1, ...said })));
}

/** Runs regraft where no other programs are to be found than it needs, and these. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  act: () => Promise<Said>,
): Promise<Said> {
  const folder = join(lab.directory, 'programs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const name of [
    'node',
    'sh',
    'stat',
    'virsh',
    'mkfifo',
    'qemu-img',
    'qemu-io',
    'xsltproc',
    'env',
    'terraform',
    'tofu',
  ]) {
    const found = (regraft.env['PATH'] ?? '')
      .split(':')
      .map((one) => join(one, name))
      .find(existsSync);
    if (found) symlinkSync(found, join(folder, name));
  }
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  const { PATH } = regraft.env;
  regraft.env['PATH'] = folder;
  try {
    return await act();
  } finally {
    regraft.env['PATH'] = PATH;
  }
}
