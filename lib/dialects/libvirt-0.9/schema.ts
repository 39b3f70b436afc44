/** The attributes that regraft sets on resources of dmacvicar/libvirt 0.9, by the provider's own names. */

/** `libvirt_pool` */
export interface PoolAttributes {
  provider: string;
  for_each: Record<string, string>;
  name: string;
  type: 'dir';
  target: { path: string };
  create: { build: boolean; start: boolean; autostart: boolean };
  lifecycle: object;
}

/** `libvirt_volume`; capacity in bytes. */
export interface VolumeAttributes {
  provider: string;
  for_each?: object;
  name: string;
  pool: string;
  capacity?: number | string;
  create?: { content: { url: string } } | string;
  target?: { format: { type: string }; permissions?: { mode: string } };
  backing_store?: { path: string; format: { type: string } };
  lifecycle: object;
}

/** `libvirt_cloudinit_disk`: a file on the machine that Terraform runs on. */
export interface CloudInitDiskAttributes {
  provider: string;
  name: string;
  user_data: string;
  meta_data: string;
  network_config?: string;
}

/** A disk of `libvirt_domain`. */
export interface DiskAttributes {
  device: 'disk' | 'cdrom';
  source: { volume: { pool: string; volume: string } };
  target: { dev: string; bus: string };
  driver: { name: 'qemu'; type: string };
  serial?: string;
  boot?: { order: number };
  wwn?: string;
  read_only?: true;
}

/** `libvirt_domain` */
export interface DomainAttributes {
  provider: string;
  name: string;
  type: string;
  vcpu: number;
  memory: number;
  memory_unit: 'MiB';
  autostart: boolean;
  os: {
    type: 'hvm';
    type_arch: string;
    type_machine: string;
    loader?: string;
    loader_readonly?: 'yes';
    loader_type?: 'pflash';
    nv_ram?: { nv_ram: string; template: string };
  };
  cpu?: { mode: string };
  features: { acpi: true; apic: object };
  devices: {
    disks: DiskAttributes[];
    interfaces?: {
      mac: { address: string };
      model: { type: 'virtio' };
      source: { network: { network: string } } | { bridge: { bridge: string } };
    }[];
    serials: {
      source: { pty: { path: string } } | null;
      target: { port: number };
      log?: { file: string; append: 'on' };
    }[];
    consoles: { target: { type: 'serial'; port: number } }[];
    channels?: { source: { unix: object }; target: { virt_io: { name: string } } }[];
    graphics?: ({ vnc: GraphicsAttributes } | { spice: GraphicsAttributes })[];
    rngs: { model: 'virtio'; backend: { random: string } }[];
    controllers?: { type: 'scsi'; index: number; model: 'virtio-scsi' }[];
  };
  metadata?: { xml: string };
  update: { shutdown: { timeout: number } };
}

interface GraphicsAttributes {
  auto_port: true;
  listen: string;
}
