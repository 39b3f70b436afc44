/** How often a check is tried. */
export interface HealthTries {
  /** Seconds that one try may take. */
  readonly timeout: number;
  /** Seconds between two tries. */
  readonly interval: number;
  /** How often it is tried again after the first try has failed. */
  readonly retries: number;
}

/** What a check looks at. */
export type HealthProbe =
  | { readonly kind: 'running' }
  | { readonly kind: 'guest-agent' }
  | { readonly kind: 'tcp'; readonly port: number }
  | {
      readonly kind: 'console';
      /** The source of a JavaScript regular expression. */
      readonly pattern: string;
      readonly flags: string;
    }
  | { readonly kind: 'command'; readonly command: readonly string[] };

/** One check of a machine's health, as data. */
export type HealthCheck = HealthProbe & HealthTries;

/** The tries of a check that says nothing of them. */
export function defaultTries(kind: HealthCheck['kind']): HealthTries {
  return { timeout: kind === 'command' ? 60 : 10, interval: 2, retries: 30 };
}

/** How a pool that says nothing of health is checked. */
export const DEFAULT_HEALTH: readonly HealthCheck[] = [{ kind: 'running', ...defaultTries('running') }];
