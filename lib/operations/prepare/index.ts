export { planPreparation } from './plan';
export { prepare } from './prepare';
export type { PlannedVolume, PreparePlan, PrepareRequest, PrepareResult } from './request';
