import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../../lab/guest';
import type { Lab } from '../../../lab/lab';
import { providerInUse, terraformEnv } from '../../../lab/provider';

/** Applies a configuration for dmacvicar/libvirt 0.8 as people write it by hand, and returns the path of its state. */
export function applyHandwritten(lab: Lab, storage: string): string {
  const folder = join(lab.directory, 'handwritten');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'main.tf'),
    `terraform {
  required_providers {
    libvirt = { source = "dmacvicar/libvirt", version = "${providerInUse().version}" }
  }
}
provider "libvirt" { uri = "${lab.uri}" }
resource "libvirt_volume" "base" {
  name   = "tiny.qcow2"
  pool   = "${storage}"
  source = "${guestImage('v1')}"
  format = "qcow2"
}
resource "libvirt_volume" "disk" {
  count          = 2
  name           = "node-\${count.index}.qcow2"
  pool           = "${storage}"
  base_volume_id = libvirt_volume.base.id
}
resource "libvirt_volume" "data" {
  count = 2
  name  = "node-\${count.index}-data.qcow2"
  pool  = "${storage}"
  size  = 8388608
}
resource "libvirt_domain" "node" {
  count   = 2
  name    = "node-\${count.index}"
  type    = "qemu"
  memory  = 128
  running = false
  disk { volume_id = libvirt_volume.disk[count.index].id }
  disk { volume_id = libvirt_volume.data[count.index].id }
  network_interface { network_name = "default" }
  graphics {
    type        = "vnc"
    listen_type = "address"
  }
}
`,
  );
  const env = { ...process.env, ...terraformEnv() };
  const terraform = (...args: string[]): unknown =>
    execFileSync(env.TERRAFORM_BINARY_NAME!, args, { cwd: folder, env, stdio: 'pipe' });
  terraform('init', '-input=false');
  terraform('apply', '-input=false', '-auto-approve');
  return join(folder, 'terraform.tfstate');
}
