// Debian's packages: those that are installed, and those of which only the files are wanted.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.mjs';
import { run, say, tryRun } from './say.mjs';

/** What the lab runs and what builds the guest. */
const packages = [
  ...[
    'libvirt-daemon-system',
    'libvirt-daemon-driver-qemu',
    'libvirt-clients',
    'qemu-system-x86',
    'qemu-utils',
    'ovmf',
  ],
  ...['xsltproc', 'genisoimage', 'iproute2', 'util-linux'],
  ...['mtools', 'dosfstools', 'e2fsprogs', 'syslinux', 'syslinux-common', 'cpio'],
  // A shell that the hook is tested in.
  'busybox',
  // What the HTML report is tested in.
  'chromium',
  // What docs/backup.md runs.
  'restic',
  // What the scripts of examples/ci run.
  ...['git', 'gnupg'],
];

/** What the guest is made of: unpacked, never installed. */
const kernel = 'linux-image-cloud-amd64';
const busybox = 'busybox-static';

const policy = '/usr/sbin/policy-rc.d';
const saved = `${policy}.saved-by-regraft`;
const ours = '#!/bin/sh\n# regraft setup: services stay off while its packages are installed\nexit 101\n';

const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
let updated = false;

function aptGet(...args) {
  if (!updated) {
    say('Debian package lists', 'updating');
    run('apt-get', ['update'], { env: environment });
    updated = true;
  }
  return run('apt-get', ['-y', '-o', 'APT::Sandbox::User=root', ...args.flat()], { env: environment });
}

function isInstalled(name) {
  return tryRun('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]) === 'installed';
}

/** Puts the machine's own policy back, also after a setup that was killed. */
function restorePolicy() {
  if (existsSync(policy) && readFileSync(policy, 'utf8') === ours) rmSync(policy);
  if (existsSync(saved)) renameSync(saved, policy);
}

/** Installs what is missing, without starting or enabling any service of it. */
function installQuietly(names) {
  // With a handler Node outlives Ctrl-C, apt-get does not: its failure leads through `finally`.
  const wait = () => undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, wait);
  const units = () => new Set(existsSync('/lib/systemd/system') ? readdirSync('/lib/systemd/system') : []);
  const before = units();
  try {
    if (existsSync(policy)) renameSync(policy, saved);
    writeFileSync(policy, ours, { mode: 0o755 });
    aptGet('install', '--no-install-recommends', names);
    // Packages enable their services whatever the policy says; those of a lab are not for the next boot.
    const added = [...units()].filter(
      (unit) => !before.has(unit) && /^virt|^libvirt/.test(unit) && !unit.includes('@'),
    );
    if (added.length > 0) tryRun('systemctl', ['disable', ...added]);
  } finally {
    restorePolicy();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, wait);
  }
}

/** Installs the Debian packages that are not there. */
export function setUpDebian() {
  restorePolicy();
  const wanted = packages.filter((name) => !isInstalled(name));
  if (wanted.length === 0) return say('Debian packages', 'already there');
  say('Debian packages', `installing ${wanted.join(', ')}`);
  installQuietly(wanted);
}

/** The folder with the .deb files that the guest is made of, fetched when they are not in the cache. */
export async function setUpGuestPackages() {
  const release = readFileSync('/etc/debian_version', 'utf8').split('.')[0];
  const { place, found } = await cached('debs', [kernel, busybox, release], (work) => {
    say('Debian kernel and busybox for the guest', 'downloading');
    aptGet('--version');
    const named = run('apt-cache', ['depends', kernel]).match(/Depends: (linux-image-\S+)/)?.[1];
    if (!named)
      throw new Error(`apt-cache names no kernel that ${kernel} depends on; look at the sources in /etc/apt`);
    run('apt-get', ['-o', 'APT::Sandbox::User=root', 'download', named, busybox], {
      cwd: work,
      env: environment,
    });
  });
  if (found) say('Debian kernel and busybox for the guest', 'already there');
  return place;
}

/** Unpacks the packages of a folder into another. */
export function unpack(debs, target) {
  for (const name of readdirSync(debs)) run('dpkg-deb', ['-x', join(debs, name), target]);
}
