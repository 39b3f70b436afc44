import type { FleetStatus } from '../status';

/** Renders a status as JSON, on one line when it is one of many; `status.schema.json` describes it. */
export function jsonStatus(status: FleetStatus, { oneLine = false }: { oneLine?: boolean } = {}): string {
  return `${JSON.stringify(status, null, oneLine ? 0 : 2)}\n`;
}
