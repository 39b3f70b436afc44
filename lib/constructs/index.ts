export { Base, type BaseProps } from './base';
export {
  type AdoptedClone,
  type AdoptedVolumeProps,
  type ArchivedDataOf,
  ClonePool,
  type CloneOverrides,
  type ClonePoolProps,
} from './clone-pool';
export { Health, type HealthOptions } from './health';
export { LibvirtHost, type LibvirtHostProps, PROVIDER_CONTEXT, type StorageProps } from './libvirt-host';
export { type CloudInitProps, Firmware, Graphics, type MachineProps } from './machine-props';
export { Network } from './network';
export { PooledClone } from './pooled-clone';
export { Rebase, type RebaseProps } from './rebase';
export { MAX_CLONES_PER_STACK } from './stack-problems';
export {
  ArchivedData,
  type DataVolumeProps,
  type ExistingVolumeProps,
  type ImageProps,
  type OutlineTypes,
  type SystemVolumeProps,
  type TemporaryVolumeProps,
  Volume,
  type VolumeOptions,
  type Volumes,
  type VolumeSpec,
} from './volume';
