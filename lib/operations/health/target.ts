import type { HealthCheck } from '../../model/health';
import type { ConsoleLog } from '../../tools/console-log';
import type { Machines } from '../../tools/machines';

/** The machine whose health is checked, and how it is reached. */
export interface HealthTarget {
  readonly pool: string;
  readonly clone: string;
  /** The libvirt URI as `virsh` takes it. */
  readonly uri: string;
  readonly machines: Pick<Machines, 'states' | 'pingAgent' | 'addresses'>;
  /** What it says on its console; `undefined` when that cannot be read from here. */
  readonly console: ConsoleLog | undefined;
  /** Where its console's log ended before it was started ({@link ConsoleLog.mark}). @default the start of the log */
  readonly consoleMark?: number;
  /** The folder of the user's project, in which commands run. */
  readonly folder: string;
  /** The environment of commands, to which the clone is added. */
  readonly env: NodeJS.ProcessEnv;
}

/** How a machine's health was found. */
export type HealthResult =
  | {
      readonly healthy: true;
      /** How long all checks took. */
      readonly seconds: number;
    }
  | {
      readonly healthy: false;
      /** The check that failed; those after it were not tried. */
      readonly check: HealthCheck;
      /** What was expected, and what was found the last time, in one line. */
      readonly what: string;
      /** How often that check was tried. */
      readonly tries: number;
      /** How long all checks took. */
      readonly seconds: number;
    };

/** One try has found that the machine is not well, or not yet: what was expected, and what was found. */
export class Unhealthy extends Error {}

/** One try of a check; it ends well or throws {@link Unhealthy}. */
export type Probe<Check> = (
  target: HealthTarget,
  check: Check,
  signal: AbortSignal | undefined,
) => Promise<void>;

/** A check of one kind. */
export type CheckOf<Kind extends HealthCheck['kind']> = Extract<HealthCheck, { kind: Kind }>;
