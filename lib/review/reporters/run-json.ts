import type { RunRecord } from '../../model/run-record';
import { maskedTexts } from '../masking';

/** Renders a run as JSON: its record, with the passwords of URIs masked; `run.schema.json` describes it. */
export function runJson(run: RunRecord): string {
  return `${JSON.stringify(maskedTexts(run), null, 2)}\n`;
}

/** Renders runs as a list of their records. */
export function runsJson(runs: readonly RunRecord[]): string {
  return `${JSON.stringify(maskedTexts(runs), null, 2)}\n`;
}
