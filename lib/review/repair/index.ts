export * from './given';
export { planRepair } from './plan';
export * from './step';
