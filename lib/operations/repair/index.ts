export { carryOutAlone } from './alone';
export { carryOut, type RepairOutcome } from './carry-out';
export { findRepair, type FoundRepair } from './find';
export { readRepairStack, type RepairStack } from './stack';
export { findRepairs, unlock } from './stacks';
