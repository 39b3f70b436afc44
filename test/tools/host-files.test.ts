import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostFiles } from '../../lib/tools/host-files';
import { SshStandIn } from './ssh-stand-in';

const STRANGE = `#!/bin/sh\necho "$(id)" 'a' \\ \`b\` ! ä\n\nlast line without an end`;

let root: string;
let ssh: SshStandIn;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'regraft-files-'));
  ssh = new SshStandIn();
});

afterEach(() => {
  rmSync(root, { recursive: true });
  ssh.remove();
});

describe.each([
  ['this machine', 'qemu:///system'],
  ['this machine by its socket', 'qemu+unix:///system?socket=/run/libvirt/libvirt-sock'],
  ['a host over SSH', 'qemu+ssh://root@host.test/system'],
])('the files of %s', (_, uri) => {
  const files = () => hostFiles(uri, { env: ssh.env });

  it('are read at their ends as they grow, and from the start where they were cut', async () => {
    const path = join(root, 'log of $(b)');
    expect(await files().end(path, 7, 100)).toEqual({ size: 0, text: '' });
    writeFileSync(path, 'one\ntwo\n');
    expect(await files().end(path, 0, 0)).toEqual({ size: 8, text: '' });
    expect(await files().end(path, 4, 100)).toEqual({ size: 8, text: 'two\n' });
    expect(await files().end(path, 0, 3)).toEqual({ size: 8, text: 'wo\n' });
    expect(await files().end(path, 8, 100)).toEqual({ size: 8, text: '' });
    expect(await files().end(path, 9, 100)).toEqual({ size: 8, text: 'one\ntwo\n' });
  });

  it('are written whole and executable, read back as they are, and removed', async () => {
    const folder = join(root, `hooks of 'a' $(b) "c" -d;\\`);
    const path = join(folder, 'regraft');
    expect(await files().read(path)).toBeUndefined();
    expect(await files().executables(folder)).toEqual([]);
    for (const content of ['first', STRANGE]) {
      await files().write(path, content);
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(await files().read(path)).toEqual({ content, executable: true });
    }
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(readdirSync(folder)).toEqual(['regraft']);
    writeFileSync(join(folder, 'notes'), '');
    mkdirSync(join(folder, 'more'));
    expect(await files().executables(folder)).toEqual(['regraft']);
    chmodSync(path, 0o644);
    expect(await files().read(path)).toEqual({ content: STRANGE, executable: false });
    await files().remove(path);
    await files().remove(path);
    expect(readdirSync(folder).sort()).toEqual(['more', 'notes']);
  });

  it('take the place of another at once, with its mode; what was there stays under the other name', async () => {
    const [path, by, keep] = ['old file', 'new', 'kept'].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(path, 'old', { mode: 0o640 });
    writeFileSync(by, 'new', { mode: 0o600 });
    await files().replace(path, by, keep);
    expect([readFileSync(path, 'utf8'), readFileSync(keep, 'utf8')]).toEqual(['new', 'old']);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    writeFileSync(by, 'newer');
    await expect(files().replace(path, by, keep)).rejects.toMatchObject({ name: 'UserError' });
    expect([readFileSync(path, 'utf8'), readFileSync(keep, 'utf8')]).toEqual(['new', 'old']);
    await files().replace(path, by);
    expect(readdirSync(root).sort()).toEqual(['kept', 'old file']);
    await expect(files().replace(path, by)).rejects.toMatchObject({ name: 'UserError' });
    expect(readFileSync(path, 'utf8')).toBe('newer');
  });

  it('that cannot be written are told in one line, and nothing is left', async () => {
    const file = join(root, 'file');
    writeFileSync(file, 'mine');
    await expect(files().write(join(file, 'regraft'), 'x')).rejects.toThrow(
      /ENOTDIR|EEXIST|Not a directory|File exists/,
    );
    await expect(files().write(join(file, 'regraft'), 'x')).rejects.toMatchObject({ name: 'UserError' });
    mkdirSync(join(root, 'regraft/folder'), { recursive: true });
    await expect(files().remove(join(root, 'regraft'))).rejects.toMatchObject({ name: 'UserError' });
    expect(readdirSync(root).sort()).toEqual(['file', 'regraft']);
  });
});

test('SSH is called with the user, port and key of the URI, never asks, and is told no word of a path', async () => {
  const calls = [
    ['qemu+ssh://root@host.test/system', [], 'root@host.test'],
    ['qemu+ssh://host.test:2222/system', ['-p', '2222'], 'host.test'],
    ['qemu+ssh://[fd00::1]/system?keyfile=/root/my%20key&no_tty=1', ['-i', '/root/my key'], 'fd00::1'],
  ] as const;
  for (const [uri, options, target] of calls) {
    await hostFiles(uri, { env: ssh.env }).remove(join(root, 'x; touch y'));
    expect(ssh.arguments()).toEqual([
      ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-T'],
      ...options,
      ...['--', target, `sh -c 'IFS= read -r path; rm -f -- "$path"'`],
    ]);
  }
});

test('content that is cut off on the way replaces no file', async () => {
  const path = join(root, 'regraft');
  writeFileSync(path, 'old');
  const cut = new SshStandIn('exec 3<&0; head -c 300 <&3 >"$0.in"; exec <"$0.in"');
  try {
    const write = hostFiles('qemu+ssh://host.test/system', { env: cut.env }).write(path, STRANGE.repeat(50));
    await expect(write).rejects.toThrow(`${path} on host.test: the content was cut off on the way`);
    expect(readdirSync(root)).toEqual(['regraft']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  } finally {
    cut.remove();
  }
});

test('a host that cannot be reached, and one whose shell prints something, are told with what to do', async () => {
  const path = join(root, 'regraft');
  const unreachable = new SshStandIn(
    'echo "ssh: connect to host host.test port 22: No route to host" >&2; exit 255',
  );
  const talking = new SshStandIn('echo Welcome!');
  try {
    await expect(
      hostFiles('qemu+ssh://host.test/system', { env: unreachable.env }).read(path),
    ).rejects.toThrow(
      'no SSH connection to host.test: ssh: connect to host host.test port 22: No route to host; see that "ssh host.test" works without a password',
    );
    await expect(hostFiles('qemu+ssh://host.test/system', { env: talking.env }).read(path)).rejects.toThrow(
      'the shell on host.test said "Welcome!',
    );
    expect(existsSync(path)).toBe(false);
  } finally {
    unreachable.remove();
    talking.remove();
  }
});

test.each([
  ['qemu+tls://host.test/system', 'cannot be reached: only qemu:///… and qemu+ssh://HOST/… can'],
  ['qemu://host.test/system', 'so do it on that host itself'],
  ['qemu+ssh:///system', 'cannot be reached'],
  [
    'qemu+libssh2://root:secret@host.test/system',
    'qemu+libssh2://root:***@host.test/system cannot be reached',
  ],
  ['host.test', 'is no libvirt URI: write one such as'],
])('files at %s are refused: %s', (uri, words) => {
  expect(() => hostFiles(uri, { env: ssh.env })).toThrow(expect.objectContaining({ name: 'UserError' }));
  expect(() => hostFiles(uri, { env: ssh.env })).toThrow(words);
});
