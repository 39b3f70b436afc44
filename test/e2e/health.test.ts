import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClonePool, Health, type HealthOptions } from 'regraft';
import { guestImage, waitForEvent } from '../../lab/guest';
import { Lab } from '../../lab/lab';
import { terraformEnv } from '../../lab/provider';
import { checkHealth, type HealthTarget } from '../../lib/operations/health';
import { parseManifest } from '../../lib/review';
import { ConsoleLog } from '../../lib/tools/console-log';
import { Machines } from '../../lib/tools/machines';
import { machineXml } from '../lab/machine';
import { baseIn, hostIn, MACHINE } from '../support/declarations';
import { synthesize } from '../support/synthesis';

/** The health of a real machine, on a real libvirt; TCP is in test/operations/health, as no guest of a lab is reached from outside. */
let lab: Lab;
let target: HealthTarget;
let console: ConsoleLog;
const name = 'anna';
const READY = /^regraft-guest: \{.*"event":"ready"/m;

beforeAll(async () => {
  lab = await Lab.start({ name: 'health' });
  const machines = new Machines(lab.uri, { env: process.env });
  const file = join(lab.pools, `${name}.qcow2`);
  execFileSync('qemu-img', ['create', '-qf', 'qcow2', '-F', 'qcow2', '-b', guestImage('v1'), file]);
  const log = join(lab.consoleLogs, `${name}.log`);
  await machines.define(machineXml({ name, log, disks: [{ file, serial: 'root' }] }));
  console = ConsoleLog.of(lab.uri, lab.consoleLogs, name, { env: process.env });
  const { uri, directory: folder } = lab;
  target = { pool: 'students', clone: name, uri, machines, console, folder, env: process.env };
});

afterAll(() => lab?.stop());

const found = (health: Health[], change: Partial<HealthTarget> = {}) =>
  checkHealth(
    { ...target, ...change },
    health.map(({ model }) => model),
  );
const once: HealthOptions = { retries: 0, timeout: 5, interval: 0.5 };

test('a machine that is off is not running, and one that nobody knows is missing', async () => {
  expect(await found([Health.running(once)])).toMatchObject({
    healthy: false,
    tries: 1,
    what: 'expected state running, found shut off',
  });
  expect(await found([Health.running(once)], { clone: 'bert' })).toMatchObject({
    what: 'expected state running, found missing',
  });
});

test('a machine that boots is running and says on its console that it is ready, within the tries; the command has it in its environment', async () => {
  const consoleMark = await console.mark();
  await lab.virsh('start', name);
  // It has not booted yet.
  expect(await found([Health.console(READY, once)], { consoleMark })).toMatchObject({ healthy: false });
  const checks = [
    Health.running({ interval: 1 }),
    Health.console(READY, { interval: 0.5, retries: 200 }),
    // It reaches the machine as regraft does.
    Health.command(['sh', '-c', 'virsh -q -c "$REGRAFT_URI" domstate "$REGRAFT_CLONE" | grep -x running']),
  ];
  expect(await found(checks, { consoleMark })).toMatchObject({ healthy: true });
  const say = 'echo "$REGRAFT_CLONE $REGRAFT_POOL [$REGRAFT_ADDRESS] $(pwd) $REGRAFT_URI"; exit 7';
  expect(await found([Health.command(['sh', '-c', say], once)])).toMatchObject({
    healthy: false,
    what: `expected sh to exit with 0, found 7: anna students [] ${lab.directory} ${lab.uri}`,
  });
});

test('what the console does not say is a failure that shows the last line of it', async () => {
  expect(await found([Health.console(/login:/, once)])).toMatchObject({
    healthy: false,
    what: 'expected /login:/ on the console since the start, found as its last line: regraft-guest: {"os":"v1","event":"ready"}',
  });
  expect((await console.tail(2)).map((line) => /"event":"(\w+)"/.exec(line)?.[1])).toEqual(['boot', 'ready']);
});

test('a guest without an agent is a failure with libvirt’s words, tried as often as said', async () => {
  const result = await found([Health.running({ interval: 0.1 }), Health.guestAgent({ ...once, retries: 2 })]);
  expect(result).toMatchObject({
    healthy: false,
    check: { kind: 'guest-agent' },
    tries: 3,
    what: expect.stringMatching(
      /^expected an answer of the guest agent within 5 s, found: .*guest agent/i,
    ) as string,
  });
});

test('a guest whose address libvirt does not know fails a TCP check, and says so', async () => {
  expect(await found([Health.tcp(22, once)])).toMatchObject({
    what: expect.stringContaining('expected an address to reach port 22 at, found none') as string,
  });
});

test('a machine that does not go on running is seen by the second look', async () => {
  const looks = found([Health.running({ ...once, interval: 4 })]);
  await sleep(1500);
  await lab.virsh('suspend', name);
  expect(await looks).toMatchObject({
    healthy: false,
    what: 'expected state running for 4 s, found running and then paused',
  });
  await lab.virsh('resume', name);
});

test('what the boot before has said does not count', async () => {
  await lab.virsh('destroy', name);
  const consoleMark = await console.mark();
  expect(await found([Health.console(READY, once)])).toMatchObject({ healthy: true });
  await lab.virsh('start', name);
  expect(await found([Health.console(READY, once)], { consoleMark })).toMatchObject({ healthy: false });
  await waitForEvent(console.file, 'ready', { skip: 1 });
  expect(await found([Health.console(READY, once)], { consoleMark })).toMatchObject({ healthy: true });
});

test('checks come out of Terraform as they were written, a shell’s and a pattern’s signs included', () => {
  const health = [
    Health.command(['sh', '-c', 'echo ${REGRAFT_CLONE} %{x} $$ "\\"']),
    Health.console(/\${2}100%{1}/s),
  ];
  const { json } = synthesize((stack) => {
    const base = baseIn(stack, hostIn(stack), 'v1');
    const machine = { ...MACHINE, consoleLogs: '/logs' };
    new ClonePool(stack, 'students', { base, clones: [name], machine, health });
  });
  const folder = join(lab.directory, 'manifest');
  mkdirSync(folder);
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ output: json.output }));
  const env = { ...process.env, ...terraformEnv() };
  const terraform = (...args: string[]): string =>
    execFileSync(env.TERRAFORM_BINARY_NAME!, args, { cwd: folder, env, encoding: 'utf8' });
  terraform('init');
  terraform('apply', '-auto-approve');
  const manifest = parseManifest(JSON.parse(terraform('output', '-json', 'regraft')), 'in the state');
  expect(manifest.pools['students']!.health).toEqual(health.map(({ model }) => model));
});
