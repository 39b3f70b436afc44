import type { PlanJson } from './recorded';

/** Every place in a plan's JSON, as an object or list and a key of it. */
export function placesIn(node: PlanJson): [PlanJson, string][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.keys(node).flatMap((key): [PlanJson, string][] => [[node, key], ...placesIn(node[key])]);
}
