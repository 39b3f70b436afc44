// Builds the lab's guest: bootable system images without mounting anything.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { FAT, partitionTable, SECTOR, SIZE, STATE } from './layout.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** The operating system versions that images are built of. */
export const versions = ['v1', 'v2'];

/** In the order of their loading; virtio_ring has to be there before virtio. */
const modules = [
  ...['virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci', 'virtio_blk'],
  ...['scsi_common', 'scsi_mod', 'sd_mod', 'virtio_scsi', 'libata', 'ata_piix'],
  ...['button', 'evdev', 'fat', 'vfat', 'nls_cp437', 'nls_ascii'],
];

function run(program, args, options = {}) {
  return execFileSync(program, args, { stdio: 'pipe', ...options });
}

/** Every `*.ko` below a folder, by name. */
function findModules(folder) {
  const found = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.name.endsWith('.ko'))
      found.set(basename(entry.name, '.ko'), join(entry.parentPath, entry.name));
  }
  return found;
}

/** The shared libraries that a program of this machine is linked with, the loader included. */
function librariesOf(program) {
  return [
    ...run('ldd', [program])
      .toString()
      .matchAll(/(\/\S+) \(0x/g),
  ].map((match) => match[1]);
}

function buildInitrd(work, packages) {
  const root = join(work, 'initrd');
  for (const folder of ['bin', 'lib', 'lib64', 'etc', 'modules', 'proc', 'sys', 'dev'])
    mkdirSync(join(root, folder), { recursive: true });
  const available = findModules(join(packages, 'lib/modules'));
  for (const name of modules) {
    const file = available.get(name);
    if (!file)
      throw new Error(
        `the kernel package has no module ${name}.ko, which the guest needs; see modules in lab/guest/build.mjs`,
      );
    copyFileSync(file, join(root, 'modules', `${name}.ko`));
  }
  writeFileSync(join(root, 'modules/order'), `${modules.join('\n')}\n`);
  copyFileSync(join(packages, 'bin/busybox'), join(root, 'bin/busybox'));
  // Debian has no static mke2fs, and busybox's makes no journal.
  copyFileSync('/sbin/mke2fs', join(root, 'bin/mke2fs'));
  for (const library of librariesOf('/sbin/mke2fs')) {
    copyFileSync(library, join(root, library.startsWith('/lib64/') ? 'lib64' : 'lib', basename(library)));
  }
  copyFileSync('/etc/mke2fs.conf', join(root, 'etc/mke2fs.conf'));
  copyFileSync(join(here, 'init'), join(root, 'init'));
  for (const file of ['init', 'bin/busybox', 'bin/mke2fs']) chmodSync(join(root, file), 0o755);
  const names = ['.', ...readdirSync(root, { recursive: true })].sort().join('\n');
  return gzipSync(
    run('cpio', ['--quiet', '--create', '--format=newc', '--reproducible', '--owner=+0:+0'], {
      cwd: root,
      input: names,
      maxBuffer: 1 << 28,
    }),
  );
}

function buildImage(work, version, kernel, initrd) {
  const raw = join(work, `${version}.raw`);
  writeFileSync(raw, partitionTable(readFileSync('/usr/lib/syslinux/mbr/mbr.bin')));
  truncateSync(raw, SIZE);
  const fat = `${raw}@@${FAT.start * SECTOR}`;
  run('mkfs.vfat', [
    '-F',
    '16',
    '-h',
    String(FAT.start),
    '--offset',
    String(FAT.start),
    '-i',
    '72656772',
    raw,
    String((FAT.sectors * SECTOR) / 1024),
  ]);
  const config = join(work, `${version}.cfg`);
  writeFileSync(
    config,
    [
      'DEFAULT linux',
      'PROMPT 0',
      'LABEL linux',
      '  LINUX vmlinuz',
      '  INITRD initrd.gz',
      `  APPEND console=ttyS0 quiet loglevel=1 panic=5 regraft.os=${version}`,
      '',
    ].join('\n'),
  );
  run('mcopy', ['-i', fat, kernel, '::vmlinuz']);
  run('mcopy', ['-i', fat, initrd, '::initrd.gz']);
  run('mcopy', ['-i', fat, config, '::syslinux.cfg']);
  run('syslinux', ['--install', '--offset', String(FAT.start * SECTOR), raw]);
  run('mke2fs', [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-L',
    'state',
    '-E',
    `offset=${STATE.start * SECTOR},nodiscard`,
    raw,
    `${(STATE.sectors * SECTOR) / 1024}k`,
  ]);
  return raw;
}

/** Builds `regraft-guest-VERSION.qcow2` for every version in `target`, from Debian's kernel and busybox, unpacked in `packages`. */
export function buildGuests(target, packages) {
  const work = join(target, 'work');
  mkdirSync(work, { recursive: true });
  const kernel = readdirSync(join(packages, 'boot')).find((name) => name.startsWith('vmlinuz-'));
  if (!kernel)
    throw new Error(
      `no vmlinuz-* in ${packages}/boot: the kernel package is not what it was; look into the debs-* folder of the cache`,
    );
  const initrd = join(work, 'initrd.gz');
  writeFileSync(initrd, buildInitrd(work, packages));
  for (const version of versions) {
    const raw = buildImage(work, version, join(packages, 'boot', kernel), initrd);
    run('qemu-img', [
      'convert',
      '-f',
      'raw',
      '-O',
      'qcow2',
      raw,
      join(target, `regraft-guest-${version}.qcow2`),
    ]);
  }
  rmSync(work, { recursive: true });
}
