import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = join(__dirname, 'fixtures');

/** The provider generations that plans were recorded with. */
export const GENERATIONS = ['0.8', '0.9'] as const;

/** A provider generation that plans were recorded with. */
export type Generation = (typeof GENERATIONS)[number];

/** The names of all recorded plans, such as `0.8-canary`. */
export function recordedNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => file.replace(/\.json\.gz$/, ''))
    .sort();
}

/** The text of a plan that `record-plans.ts` has recorded. */
export function recordedText(name: string): string {
  return gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString('utf8');
}

/** A plan's JSON, as loosely typed as a test needs that damages it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type PlanJson = any;

/** A recorded plan, a fresh copy each time. */
export function recorded(name: string): PlanJson {
  return JSON.parse(recordedText(name));
}

/** The change at an address. */
export function changeAt(plan: PlanJson, address: string): PlanJson {
  const found = plan.resource_changes.find((one: PlanJson) => one.address === address);
  if (!found) throw new Error(`the plan has no change at ${address}`);
  return found;
}

/** The manifest before or after. */
export function manifestIn(plan: PlanJson, when: 'before' | 'after'): PlanJson {
  return plan.output_changes.regraft[when];
}
