import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** What a lab runs, and the Debian package that brings it. */
const tools: Record<string, string> = {
  bash: 'bash',
  ip: 'iproute2',
  libvirtd: 'libvirt-daemon-system',
  'qemu-img': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  unshare: 'util-linux',
  virsh: 'libvirt-clients',
  virtlogd: 'libvirt-daemon-system',
};

async function onPath(tool: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await access(join(folder, tool), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** Throws one error that names everything this machine lacks for a lab. */
export async function requireLabTools(): Promise<void> {
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push(`root: this is user ${process.getuid?.()}, run it as root`);
  for (const [tool, debianPackage] of Object.entries(tools)) {
    if (!(await onPath(tool))) missing.push(`${tool}: in the Debian package ${debianPackage}`);
  }
  if (missing.length === 0) return;
  const list = missing.map((line) => `  ${line}`).join('\n');
  throw new Error(`a lab needs what is missing here:\n${list}\nTo get all of it: node scripts/setup.mjs`);
}
