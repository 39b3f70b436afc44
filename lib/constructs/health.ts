import { Token } from 'cdktf';
import type { HealthCheck, HealthProbe } from '../model/health';
import { defaultTries } from '../model/health';
import type { MachineProps } from './machine-props';
import { literal } from './terraform-text';

/** How often a check is tried. */
export interface HealthOptions {
  /**
   * Seconds that one try may take.
   * @default 10, for a command 60
   */
  readonly timeout?: number;
  /**
   * Seconds between two tries.
   * @default 2
   */
  readonly interval?: number;
  /**
   * How often it is tried again after the first try has failed.
   * @default 30
   */
  readonly retries?: number;
}

/** How a machine shows that it is well after it was started; checked from where regraft runs. */
export class Health {
  /** libvirt calls it running, twice in a row with the interval between: it proves that QEMU runs, and nothing of the guest. */
  static running(options?: HealthOptions): Health {
    return Health.of({ kind: 'running' }, options);
  }

  /** The QEMU guest agent answers. */
  static guestAgent(options?: HealthOptions): Health {
    return Health.of({ kind: 'guest-agent' }, options);
  }

  /** A TCP connection to the port is taken, at an address that libvirt knows of the machine. */
  static tcp(port: number, options?: HealthOptions): Health {
    return Health.of({ kind: 'tcp', port }, options);
  }

  /** Its serial console has said something since it was started; needs `consoleLogs`. */
  static console(pattern: RegExp, options?: HealthOptions): Health {
    return Health.of({ kind: 'console', pattern: pattern.source, flags: pattern.flags }, options);
  }

  /**
   * A program and its arguments, without a shell, run in the project's folder, ends with exit code 0.
   *
   * Its environment has the clone in REGRAFT_CLONE, REGRAFT_POOL, REGRAFT_ADDRESS (empty when unknown) and REGRAFT_URI.
   */
  static command(command: readonly string[], options?: HealthOptions): Health {
    return Health.of({ kind: 'command', command: [...command] }, options);
  }

  private static of(probe: HealthProbe, options: HealthOptions = {}): Health {
    return new Health({ ...probe, ...defaultTries(probe.kind), ...options });
  }

  private constructor(readonly model: HealthCheck) {}
}

/** The checks as they stand in the manifest, which Terraform reads as an expression. */
export function manifestHealth(health: readonly Health[]): HealthCheck[] {
  return health.map(({ model }) => {
    switch (model.kind) {
      case 'console':
        return { ...model, pattern: literal(model.pattern) };
      case 'command':
        return { ...model, command: model.command.map(literal) };
      default:
        return model;
    }
  });
}

/** What is wrong with the checks of a pool, one message each. */
export function healthProblems(who: string, health: readonly Health[], machine: MachineProps): string[] {
  return health.flatMap(({ model }) =>
    [...probeProblems(model, machine), ...triesProblems(model)].map(
      (problem) => `${who}: Health.${METHODS[model.kind]}: ${problem}`,
    ),
  );
}

const METHODS = {
  running: 'running',
  'guest-agent': 'guestAgent',
  tcp: 'tcp',
  console: 'console',
  command: 'command',
} as const satisfies Record<HealthCheck['kind'], keyof typeof Health>;

function probeProblems(probe: HealthProbe, machine: MachineProps): string[] {
  switch (probe.kind) {
    case 'running':
      return [];
    case 'guest-agent':
      return machine.guestAgent === false
        ? ['the machines have no channel of the guest agent: drop guestAgent: false, or the check']
        : [];
    case 'tcp':
      return tcpProblems(probe.port, machine);
    case 'console':
      return consoleProblems(probe, machine);
    case 'command':
      return commandProblems(probe.command);
  }
}

function tcpProblems(port: number, { networks = [] }: MachineProps): string[] {
  return [
    ...(Number.isInteger(port) && port >= 1 && port <= 65535
      ? []
      : [`port is ${port}, expected a whole number from 1 to 65535`]),
    ...(networks.length > 0 ? [] : ['the machines have no network: add one, or use another check']),
  ];
}

function consoleProblems(
  { pattern, flags }: Extract<HealthProbe, { kind: 'console' }>,
  { consoleLogs }: MachineProps,
): string[] {
  const shown = `/${pattern}/${flags}`;
  const foreign = flags.replace(/[imsu]/g, '');
  return [
    ...(consoleLogs === undefined
      ? ['the consoles of the machines are not written: set consoleLogs on machine']
      : []),
    ...(consoleLogs !== undefined && Token.isUnresolved(consoleLogs)
      ? ['consoleLogs is known to Terraform only: write the folder into the code']
      : []),
    ...(foreign === '' ? [] : [`${shown} has the flag ${foreign}, expected none but i, m, s and u`]),
    // What matches nothing at all says nothing about the machine.
    ...(foreign === '' && new RegExp(pattern, flags).test('')
      ? [`${shown} matches a console that says nothing: write what a healthy machine says`]
      : []),
  ];
}

function commandProblems(command: readonly string[]): string[] {
  if (command.length === 0 || command[0] === '')
    return ["the command is empty: name a program and its arguments, such as ['./check.sh', 'web']"];
  if (command.some((word) => Token.isUnresolved(word)))
    return ['the command holds a value that is known to Terraform only: let the program find it out'];
  return [];
}

function triesProblems({ timeout, interval, retries }: HealthCheck): string[] {
  const times = Object.entries({ timeout, interval })
    .filter(([, seconds]) => !(Number.isFinite(seconds) && seconds > 0))
    .map(([name, seconds]) => `${name} is ${seconds}, expected a number of seconds above 0`);
  if (Number.isInteger(retries) && retries >= 0) return times;
  return [...times, `retries is ${retries}, expected a whole number from 0 on`];
}
