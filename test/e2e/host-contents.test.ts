import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../../lab/lab';
import type { HostContents, HostFile } from '../../lib/model/host-contents';
import { readHostContents } from '../../lib/tools/host-contents';

/** What is read of a real host: the same from the host itself and from another machine, as far as that can be known. */
let lab: Lab;
let pool: string;
let outside: string;
let here: HostContents;
let far: HostContents;

const qcow2 = (path: string, ...args: string[]): void => {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...args, path]);
};

beforeAll(async () => {
  lab = await Lab.start({ name: 'contents' });
  pool = join(lab.pools, 'pool');
  outside = join(lab.pools, 'outside');
  for (const folder of [pool, outside]) mkdirSync(folder, { recursive: true });
  await lab.virsh('pool-create-as', 'pool', 'dir', '--target', pool);
  const base = join(pool, 'base.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', base, '8M']);
  symlinkSync(pool, join(lab.pools, 'way'));
  qcow2(join(pool, 'ä  b.qcow2'), '-b', base, '-F', 'qcow2');
  qcow2(join(pool, 'relative.qcow2'), '-b', '../pool/./base.qcow2', '-F', 'qcow2');
  qcow2(join(pool, 'linked.qcow2'), '-b', join(lab.pools, 'way', 'base.qcow2'), '-F', 'qcow2');
  const json = JSON.stringify({ driver: 'qcow2', file: { driver: 'file', filename: base } });
  qcow2(join(pool, 'json.qcow2'), '-b', `json:${json}`, '-F', 'qcow2');
  execFileSync('qemu-img', [
    'create',
    '-q',
    '-f',
    'qcow2',
    '-u',
    '-b',
    join(pool, 'none.qcow2'),
    '-F',
    'qcow2',
    join(pool, 'dangling.qcow2'),
    '8M',
  ]);
  qcow2(join(outside, 'top.qcow2'), '-b', base, '-F', 'qcow2');
  qcow2(join(pool, 'over.qcow2'), '-b', join(outside, 'top.qcow2'), '-F', 'qcow2');
  const xml = join(lab.directory, 'reader.xml');
  writeFileSync(
    xml,
    `<domain type="qemu"><name>reader</name><memory unit="MiB">64</memory><metadata><x:note xmlns:x="urn:x">a</x:note></metadata>
    <os><type arch="x86_64" machine="q35">hvm</type></os><devices>
    <disk type="volume" device="disk"><driver name="qemu" type="qcow2"/><source pool="pool" volume="linked.qcow2"/><target dev="vda" bus="virtio"/></disk>
    <disk type="file" device="disk"><driver name="qemu" type="raw"/><source file="${outside}/raw.img"/><target dev="sda" bus="scsi"/></disk>
    </devices></domain>`,
  );
  writeFileSync(join(outside, 'raw.img'), Buffer.alloc(2 ** 20));
  await lab.virsh('define', xml);
  // A way to the same libvirt that regraft takes for one to another machine.
  const tunnel = join(lab.directory, 'tunnel');
  const socket = join(lab.directory, 'run/libvirt/libvirt-sock');
  writeFileSync(
    tunnel,
    `#!${process.execPath}
const socket = require('node:net').connect(${JSON.stringify(socket)});
process.stdin.pipe(socket);
socket.pipe(process.stdout);
`,
  );
  chmodSync(tunnel, 0o755);
  here = await readHostContents(lab.uri, { env: process.env });
  far = await readHostContents(`qemu+ext://far/system?command=${tunnel}`, { env: process.env });
});

afterAll(() => lab?.stop());

function at({ files }: HostContents, path: string): HostFile {
  return files.find((file) => file.path === path)!;
}

test('a backing file is found however it is written, and whatever the volume is called', () => {
  for (const contents of [here, far]) {
    for (const name of ['ä  b.qcow2', 'relative.qcow2', 'json.qcow2'])
      expect(at(contents, join(pool, name)).backing?.path).toBe(join(pool, 'base.qcow2'));
  }
});

test('a path through a symbolic link is another name of the same file, seen from another machine too', () => {
  for (const contents of [here, far]) {
    const below = at(contents, join(pool, 'linked.qcow2')).backing!.path;
    expect(below).toBe(join(lab.pools, 'way', 'base.qcow2'));
    expect(at(contents, below).identity).toBe(at(contents, join(pool, 'base.qcow2')).identity);
  }
});

test('files of one tick of the clock are not taken for one', () => {
  for (const contents of [here, far]) {
    const volumes = contents.files.filter((file) => file.pool === 'pool');
    expect(new Set(volumes.map(({ identity }) => identity)).size).toBe(volumes.length);
  }
});

test('what is missing is told apart from what nobody can look at', () => {
  for (const contents of [here, far]) expect(at(contents, join(pool, 'none.qcow2')).presence).toBe('missing');
  const path = join(outside, 'top.qcow2');
  expect(at(here, path)).toMatchObject({
    presence: 'present',
    format: 'qcow2',
    backing: { path: join(pool, 'base.qcow2'), format: 'qcow2' },
  });
  expect(at(far, path)).toMatchObject({ presence: 'unread', format: 'qcow2' });
  // A disk that is raw stands on nothing, whoever looks.
  for (const contents of [here, far])
    expect(at(contents, join(outside, 'raw.img'))).toMatchObject({ presence: 'present', format: 'raw' });
});

test('a machine has the paths of its disks, their buses and formats, and its metadata as it is written', () => {
  for (const { domains } of [here, far]) {
    expect(domains).toMatchObject([
      {
        name: 'reader',
        running: false,
        metadata: expect.stringMatching(/<x:note xmlns:x="urn:x">a<\/x:note>/),
        disks: [
          { target: 'vda', bus: 'virtio', format: 'qcow2', path: join(pool, 'linked.qcow2') },
          { target: 'sda', bus: 'scsi', format: 'raw', path: join(outside, 'raw.img') },
        ],
      },
    ]);
  }
});
