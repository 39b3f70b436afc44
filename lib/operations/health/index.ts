import pRetry from 'p-retry';
import type { HealthCheck } from '../../model/health';
import { UserError } from '../../model/user-error';
import { maskedText } from '../../review/masking';
import { command } from './command';
import { consoleSaid } from './console';
import { guestAgent } from './guest-agent';
import { running } from './running';
import type { CheckOf, HealthResult, HealthTarget, Probe } from './target';
import { Unhealthy } from './target';
import { tcp } from './tcp';

export type { HealthResult, HealthTarget } from './target';

/** How health is checked. */
export interface HealthCheckOptions {
  /** Ends the checks. */
  readonly signal?: AbortSignal | undefined;
  /** Whether each check is tried once only, as for a machine that was started long ago. @default false */
  readonly once?: boolean;
}

const PROBES: { readonly [Kind in HealthCheck['kind']]: Probe<CheckOf<Kind>> } = {
  running,
  'guest-agent': guestAgent,
  tcp,
  console: consoleSaid,
  command,
};

/** The longest line that a program or a console adds to a report. */
const MAX_WHAT = 500;

/**
 * Checks a machine's health, one check after the other, each until it ends well or its retries are used up; the first that does not ends it.
 *
 * @throws the signal's reason when it ends the checks
 */
export async function checkHealth(
  target: HealthTarget,
  checks: readonly HealthCheck[],
  { signal, once = false }: HealthCheckOptions = {},
): Promise<HealthResult> {
  const start = performance.now();
  const seconds = (): number => Math.round(performance.now() - start) / 1000;
  for (const check of checks) {
    let tries = 0;
    const attempt = async (): Promise<void> => {
      tries++;
      await (PROBES[check.kind] as Probe<HealthCheck>)(target, check, signal);
    };
    try {
      await pRetry(attempt, {
        retries: once ? 0 : check.retries,
        factor: 1,
        minTimeout: check.interval * 1000,
        shouldRetry: ({ error }) => isFinding(error),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (!isFinding(error)) throw error;
      return { healthy: false, check, what: oneLine(error.message), tries, seconds: seconds() };
    }
  }
  return { healthy: true, seconds: seconds() };
}

/** A tool that could not do its part, as when libvirt is not reachable, says nothing good of the machine either. */
function isFinding(error: unknown): error is Error {
  return error instanceof Unhealthy || error instanceof UserError;
}

function oneLine(text: string): string {
  const line = maskedText(text).replace(/\s+/g, ' ').trim();
  return line.length > MAX_WHAT ? `${line.slice(0, MAX_WHAT)}…` : line;
}
