import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hookState, hookText } from '../../lib/operations/hook';
import { regraft } from '../cli/run';
import { SshStandIn } from '../tools/ssh-stand-in';
import { ScriptedProject } from './project';

let root: string;
let ssh: SshStandIn;
let projects: ScriptedProject[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'regraft-hooks-'));
  ssh = new SshStandIn();
  projects = [];
});

afterEach(async () => {
  rmSync(root, { recursive: true });
  ssh.remove();
  await Promise.all(projects.map((project) => project.remove()));
});

/** `regraft hook` in the folder of a project, or where there is none. */
async function hook(verb: string, args: string[] = [], folder = root) {
  const directory = join(root, 'qemu.d');
  const said = await regraft(['hook', verb, '--directory', directory, ...args], { folder, env: ssh.env });
  return { ...said, path: join(directory, 'regraft') };
}

/** A project whose stacks have been synthesized with these hosts. */
async function synthesized(
  hosts: readonly { readonly alias: string; readonly uri: string }[],
): Promise<string> {
  const project = new ScriptedProject(['one', 'two'], {}, { libvirt: hosts });
  projects.push(project);
  await regraft(['plan', '--all'], { folder: project.folder, env: project.env });
  return project.folder;
}

test('print writes the hook that install puts in its place', async () => {
  const { stdout, exitCode } = await regraft(['hook', 'print']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: hookText() });
  const { path } = await hook('install');
  expect(readFileSync(path, 'utf8')).toBe(stdout);
});

test('without a project it is this machine; a second time nothing is done', async () => {
  const first = await hook('install');
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^this machine: installed .*; libvirt had no hook there before and has to look for it: run /,
  );
  expect((await hook('install')).stdout).toBe(`this machine: ${first.path} is already there\n`);
});

test.each([
  ['another script in the folder', 'qemu.d/other'],
  ['the one script of old', 'qemu'],
])('libvirt needs no reload where it has a hook already: %s', async (_, name) => {
  mkdirSync(join(root, 'qemu.d'));
  writeFileSync(join(root, name), '#!/bin/sh\n', { mode: 0o755 });
  expect((await hook('install')).stdout).toBe(`this machine: installed ${root}/qemu.d/regraft\n`);
});

test('in a project it is every host of its stacks, each once; one that fails does not stop the others', async () => {
  const folder = await synthesized([
    { alias: 'east', uri: 'qemu:///system' },
    { alias: 'west', uri: 'qemu+ssh://root@west.test/system' },
    { alias: 'north', uri: '${var.uri}' },
    { alias: 'south', uri: 'qemu+tls://admin:secret@south.test/system' },
  ]);
  const { exitCode, stdout, stderr, path } = await hook('install', [], folder);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    new RegExp(`^east: installed ${path}.*\nwest: (installed|already there|${path} is already there)`),
  );
  expect(ssh.arguments()).toContain('root@west.test');
  expect(stderr).toMatch(
    /^regraft: north: its URI is known to Terraform only: give it with --host URI\nregraft: south: the files of qemu\+tls:\/\/admin:\*\*\*@south\.test\/system cannot be reached: [^\n]*\n$/,
  );
});

test('--host takes one host of the stacks by its name, or any by its URI', async () => {
  const folder = await synthesized([
    { alias: 'east', uri: 'qemu:///system' },
    { alias: 'west', uri: 'qemu+ssh://root@west.test/system' },
  ]);
  expect((await hook('check', ['--host', 'west'], folder)).stdout).toMatch(
    /^west: .* is missing: run regraft hook install --host west --directory .*\n$/,
  );
  expect((await hook('check', ['--host', 'qemu:///system'])).stdout).toMatch(
    /^qemu:\/\/\/system: .* is missing/,
  );
  const unknown = await hook('check', ['--host', 'wets'], folder);
  expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
  expect(unknown.stderr).toBe('regraft: there is no host "wets" in the stacks: did you mean "west"?\n');
  expect((await hook('check', ['--host', 'west'])).stderr).toContain('--host qemu+ssh://root@west/system');
});

test('a relative folder is refused before anything is done', async () => {
  const { exitCode, stderr } = await regraft(['hook', 'install', '--directory', 'qemu.d'], { folder: root });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^regraft: --directory is "qemu\.d", expected an absolute path on the host/);
});

test('the state of a host is one of four words', async () => {
  const folder = join(root, 'qemu.d');
  const state = (uri = 'qemu:///system') => hookState(uri, { env: ssh.env }, folder);
  expect(await state()).toBe('missing');
  const { path } = await hook('install');
  expect([await state(), await state('qemu+ssh://west.test/system')]).toEqual(['installed', 'installed']);
  chmodSync(path, 0o644);
  expect(await state()).toBe('outdated');
  writeFileSync(path, hookText().replace('umask', 'umask  '), { mode: 0o755 });
  expect(await state()).toBe('outdated');
  writeFileSync(path, '#!/bin/sh\n');
  expect(await state()).toBe('missing');
  expect(await state('qemu+tls://west.test/system')).toBe('unknown');
  expect(await hookState('qemu:///system', { env: {} }, join(path, 'below'))).toBe('unknown');
});
