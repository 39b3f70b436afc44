export { type Drift, DRIFT_KINDS, type DriftKind, DRIFTS } from './drifts';
export { fleetStatus } from './fleet-status';
export type { HostInput, StackInput, StoredObject } from './input';
export { cloneKey, Inventory } from './inventory';
export * from './status';
export { jsonStatus } from './reporters/json';
export { type StatusOptions, terminalStatus } from './reporters/terminal';
