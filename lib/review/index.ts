export { type BaseAtStake, basesAtStake, leavingPathsOf, usersOf } from './at-stake';
export type { JudgeOptions } from './case';
export type {
  BootFact,
  DependentFact,
  DigestFact,
  DiskFact,
  DomainFact,
  HostFacts,
  ImageFact,
  VolumeFact,
} from './facts';
export {
  type Finding,
  type FindingCode,
  FINDINGS,
  findingsReference,
  SEVERITIES,
  type Severity,
} from './findings';
export { judge } from './judge';
export { type Plan, parsePlan, type ResourceChange } from './plan-json';
export * from './review';
export { ReviewError, type ReviewErrorKind } from './review-error';
export { htmlReport } from './reporters/html';
export { jsonReport } from './reporters/json';
export { markdownReport } from './reporters/markdown';
export { MARKDOWN_LIMIT } from './reporters/markdown-parts';
export { terminalReport, type TerminalOptions } from './reporters/terminal';
export { manifestsOf, parseManifest } from './manifests';
export { beyond } from './part-of';
export { beyondClones, movedMachines, targetsOf, type TouchedClone, touchedClones } from './touched';
