import { TerraformVariable } from 'cdktf';
import {
  ClonePool,
  type ClonePoolProps,
  Health,
  type HealthCheck,
  type MachineProps,
  Network,
} from 'regraft';
import { parseManifest } from '../../lib/review';
import { MACHINE, baseIn, hostIn, type PlainOutline } from '../support/declarations';
import { manifest, refusals, synthesize } from '../support/synthesis';

const ALL: MachineProps = {
  ...MACHINE,
  networks: [Network.named('default')],
  consoleLogs: '/var/log/consoles',
};

/** The pool's entry in the manifest. */
function entryOf(change: Partial<ClonePoolProps<PlainOutline>>) {
  const stack = synthesize((scope) => {
    const base = baseIn(scope, hostIn(scope), 'v1');
    new ClonePool(scope, 'students', { base, clones: ['anna'], machine: MACHINE, ...change });
  });
  return { written: manifest(stack).pools['students']!, whole: manifest(stack) };
}

describe('health checks in the manifest', () => {
  it('stand there in their order, with all that they are tried with, and the review reads them back', () => {
    const { written, whole } = entryOf({
      machine: ALL,
      health: [
        Health.running(),
        Health.guestAgent({ timeout: 5 }),
        Health.tcp(22, { interval: 0.5 }),
        Health.console(/login: $/im, { retries: 0 }),
        Health.command(['./check.sh', 'web']),
      ],
    });
    const tries = { timeout: 10, interval: 2, retries: 30 };
    expect(written.health).toEqual<HealthCheck[]>([
      { kind: 'running', ...tries },
      { kind: 'guest-agent', ...tries, timeout: 5 },
      { kind: 'tcp', port: 22, ...tries, interval: 0.5 },
      { kind: 'console', pattern: 'login: $', flags: 'im', ...tries, retries: 0 },
      { kind: 'command', command: ['./check.sh', 'web'], ...tries, timeout: 60 },
    ]);
    expect(written.consoleLogs).toBe('/var/log/consoles');
    expect(parseManifest(whole, 'after the plan')).toEqual(whole);
  });

  it('are left out when the code says nothing of them, so that the manifest stays as it was; none is said as none', () => {
    expect(Object.keys(entryOf({}).written)).toEqual(['base', 'clones', 'host', 'retired']);
    expect(entryOf({ health: [] }).written.health).toEqual([]);
  });

  it('keep from Terraform what a shell or a pattern says with its signs', () => {
    const { written } = entryOf({
      machine: ALL,
      health: [Health.command(['sh', '-c', 'ping ${REGRAFT_ADDRESS} %{x}']), Health.console(/100%{1}|\${1}/)],
    });
    expect(written.health).toMatchObject([
      { command: ['sh', '-c', 'ping $${REGRAFT_ADDRESS} %%{x}'] },
      { pattern: '100%%{1}|\\$${1}' },
    ]);
  });

  it('say nothing of a folder of consoles that is known to Terraform only', () => {
    const stack = synthesize((scope) => {
      const folder = new TerraformVariable(scope, 'folder', { type: 'string' }).stringValue;
      const base = baseIn(scope, hostIn(scope), 'v1');
      const machine = { ...MACHINE, consoleLogs: folder };
      new ClonePool(scope, 'students', { base, clones: ['anna'], machine });
    });
    expect(manifest(stack).pools['students']).not.toHaveProperty('consoleLogs');
  });
});

describe('a health check is refused', () => {
  const ofHealth = (health: Health, machine: MachineProps = ALL): string[] =>
    refusals((stack) => {
      const base = baseIn(stack, hostIn(stack), 'v1');
      new ClonePool(stack, 'students', { base, clones: ['anna'], machine, health: [health] });
    });

  it.each<[string, Health, string, MachineProps]>([
    [
      'for a port out of range',
      Health.tcp(65536),
      'tcp: port is 65536, expected a whole number from 1 to 65535',
      ALL,
    ],
    ['for port 0', Health.tcp(0), 'tcp: port is 0, expected a whole number from 1 to 65535', ALL],
    [
      'for a port of machines without a network',
      Health.tcp(22),
      'tcp: the machines have no network: add one, or use another check',
      { ...ALL, networks: [] },
    ],
    [
      'for an agent that the machines have no channel for',
      Health.guestAgent(),
      'guestAgent: the machines have no channel of the guest agent: drop guestAgent: false, or the check',
      { ...ALL, guestAgent: false },
    ],
    [
      'for a console that is not written',
      Health.console(/login:/),
      'console: the consoles of the machines are not written: set consoleLogs on machine',
      MACHINE,
    ],
    [
      'for flags that make no sense on a text that is read once',
      Health.console(/login:/gi),
      'console: /login:/gi has the flag g, expected none but i, m, s and u',
      ALL,
    ],
    [
      'for a pattern that fits a console that says nothing',
      Health.console(/(login:)?/),
      'console: /(login:)?/ matches a console that says nothing: write what a healthy machine says',
      ALL,
    ],
    [
      'for an empty command',
      Health.command([]),
      "command: the command is empty: name a program and its arguments, such as ['./check.sh', 'web']",
      ALL,
    ],
    [
      'for a program without a name',
      Health.command(['', 'a']),
      "command: the command is empty: name a program and its arguments, such as ['./check.sh', 'web']",
      ALL,
    ],
    [
      'for no time at all',
      Health.running({ timeout: 0 }),
      'running: timeout is 0, expected a number of seconds above 0',
      ALL,
    ],
    [
      'for a negative interval',
      Health.command(['true'], { interval: -1 }),
      'command: interval is -1, expected a number of seconds above 0',
      ALL,
    ],
    [
      'for half a retry',
      Health.tcp(22, { retries: 0.5 }),
      'tcp: retries is 0.5, expected a whole number from 0 on',
      ALL,
    ],
  ])('%s', (_what, health, problem, machine) => {
    expect(ofHealth(health, machine)).toEqual([`pool students: Health.${problem}`]);
  });

  it('for what is known to Terraform only, since regraft reads it from the code', () => {
    const found = refusals((scope) => {
      const late = new TerraformVariable(scope, 'late', { type: 'string' }).stringValue;
      const base = baseIn(scope, hostIn(scope), 'v1');
      const machine = { ...ALL, consoleLogs: late };
      const health = [Health.command(['./check.sh', `--token=${late}`]), Health.console(/login:/)];
      new ClonePool(scope, 'students', { base, clones: ['anna'], machine, health });
    });
    expect(found).toEqual([
      'pool students: Health.command: the command holds a value that is known to Terraform only: let the program find it out',
      'pool students: Health.console: consoleLogs is known to Terraform only: write the folder into the code',
    ]);
  });

  it('and taken when nothing is wrong with it', () => {
    for (const health of [
      Health.running(),
      Health.guestAgent(),
      Health.tcp(65535),
      Health.console(/^login:/imsu),
      Health.command(['true'], { retries: 0, timeout: 0.5 }),
    ]) {
      expect(ofHealth(health)).toEqual([]);
    }
  });
});
