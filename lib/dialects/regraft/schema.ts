/** The attributes that regraft sets on resources of its own provider; `lib/provider/schema` has all of them. */

/** The provider's block. */
export interface ProviderAttributes {
  uri: string;
  storage: { name: string; path: string };
  shutdown_timeout: number;
  plan_time: string;
}

/** A volume of `regraft_base`; size in bytes. */
export interface BaseVolumeAttributes {
  type: string;
  image?: string;
  existing?: string;
  format?: string;
  sha256?: string;
  size?: number;
  bus: string;
}

/** `regraft_base` */
export interface BaseAttributes {
  provider: string;
  name: string;
  volumes: Record<string, BaseVolumeAttributes>;
  deletion_protection: boolean;
  lifecycle: { create_before_destroy: true };
}

/** A volume of `regraft_clone`; size in bytes. */
export interface CloneVolumeAttributes {
  type: string;
  target: string;
  boot?: true;
  bus?: string;
  wwn?: string;
  size?: number;
  seed?: string;
  seed_sha256?: string;
  format?: string;
  file?: string;
}

/** `regraft_clone` */
export interface CloneAttributes {
  provider: string;
  name: string;
  base: string;
  retain?: string;
  retired?: true;
  volumes: Record<string, CloneVolumeAttributes>;
  domain_xml: string;
  autostart?: true;
  cloud_init?: { user_data: string; meta_data: string; network_config?: string };
  restore?: string;
  data_on_destroy: 'keep' | 'purge';
}
