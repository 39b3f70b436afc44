/** The attributes that regraft sets on resources of dmacvicar/libvirt 0.8, by the provider's own names. */

/** `libvirt_pool` */
export interface PoolAttributes {
  provider: string;
  for_each: Record<string, string>;
  name: string;
  type: 'dir';
  target: { path: string };
  lifecycle: object;
}

/** `libvirt_volume`; sizes in bytes. */
export interface VolumeAttributes {
  provider: string;
  for_each?: object;
  name: string;
  pool: string;
  format: string;
  size?: number | string;
  source?: string;
  base_volume_id?: string;
  base_volume_name?: string;
  base_volume_pool?: string;
  xml?: { xslt: string };
  lifecycle: object;
}

/** `libvirt_cloudinit_disk` */
export interface CloudInitDiskAttributes {
  provider: string;
  name: string;
  pool: string;
  user_data: string;
  meta_data: string;
  network_config?: string;
  lifecycle: object;
}

/** `libvirt_domain`; memory in MiB. */
export interface DomainAttributes {
  provider: string;
  name: string;
  type: string;
  vcpu: number;
  memory: number;
  arch: string;
  autostart: boolean;
  running: false;
  firmware?: string;
  nvram?: { template: string };
  disk: { volume_id: string; scsi?: true; wwn?: string }[];
  network_interface?: { network_name?: string; bridge?: string; mac: string }[];
  graphics?: { type: string; autoport: true; listen_type: 'address'; listen_address: string };
  cloudinit?: string;
  xml: { xslt: string };
  lifecycle: object;
}

/** Terraform's own `terraform_data`. */
export interface TriggerAttributes {
  triggers_replace: string[];
}
