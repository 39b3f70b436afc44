export * from './constructs';
export { DEFAULT_HEALTH, type HealthCheck, type HealthProbe, type HealthTries } from './model/health';
export { type Host, PROVIDER_GENERATIONS, type ProviderGeneration } from './model/host';
export {
  type AddressRole,
  type Manifest,
  MANIFEST_OUTPUT,
  type ManifestBase,
  type ManifestClone,
  type ManifestHost,
  type ManifestPool,
} from './model/manifest';
export { compareOutlines, type OutlineComparison } from './model/outline-comparison';
export { type OutlineVolume, type StorageOutline } from './model/outline';
export {
  type PlannedClone,
  type PlannedVolume,
  planRebase,
  type RebasedPool,
  type RebasePlan,
  type RebaseRequest,
  type VolumeFate,
} from './model/rebase-plan';
export { bytesOf, formatSize, type Size, type SizeUnit } from './model/size';
export {
  BUSES,
  type Bus,
  IMAGE_FORMATS,
  type ImageFormat,
  VOLUME_TYPES,
  type VolumeType,
} from './model/volume-type';
export { splitByUnavailable, waveProblems, wavesOf, type WaveSize } from './model/waves';
