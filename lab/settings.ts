import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** The folders of a lab's directory; `inside.sh` puts the first five over the machine's own. */
const folders = ['etc/hooks/qemu.d', 'lib', 'log', 'cache', 'run/libvirt', 'run/lock', 'pools', 'console'];

function libvirtd(): string {
  return [
    'listen_tls = 0',
    'listen_tcp = 0',
    // There is no polkit in a lab; the directory's mode keeps others out.
    'auth_unix_rw = "none"',
    'auth_unix_ro = "none"',
    'unix_sock_rw_perms = "0700"',
    // Two labs are two hosts, though both read the same UUID from the firmware.
    `host_uuid = "${randomUUID()}"`,
    'max_clients = 1000',
    'log_outputs = "3:stderr"',
    '',
  ].join('\n');
}

function qemu(): string {
  return [
    'user = "root"',
    'group = "root"',
    'security_driver = "none"',
    // Extended attributes on images would outlive the lab on files that are not its own.
    'remember_owner = 0',
    'namespaces = []',
    'cgroup_controllers = []',
    'stdio_handler = "logd"',
    '',
  ].join('\n');
}

function virtlogd(): string {
  // Tests read whole logs, so they must not be rotated away in the middle of one.
  return ['log_outputs = "3:stderr"', 'max_size = 134217728', ''].join('\n');
}

/** Writes the private configuration and the empty folders of a lab into `directory`. */
export async function writeSettings(directory: string): Promise<void> {
  for (const folder of folders) await mkdir(join(directory, folder), { recursive: true, mode: 0o755 });
  await writeFile(join(directory, 'etc/libvirtd.conf'), libvirtd());
  await writeFile(join(directory, 'etc/qemu.conf'), qemu());
  await writeFile(join(directory, 'etc/virtlogd.conf'), virtlogd());
}
