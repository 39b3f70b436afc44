import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthCheck, HealthProbe } from '../../../lib/model/health';
import { defaultTries } from '../../../lib/model/health';
import { UserError } from '../../../lib/model/user-error';
import { checkHealth, type HealthTarget } from '../../../lib/operations/health';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'regraft-health-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Stands in for libvirt, which test/e2e/health.test.ts asks: only the addresses matter here. */
function standIn(change: Partial<HealthTarget['machines']> = {}): HealthTarget {
  return {
    pool: 'students',
    clone: 'anna',
    uri: 'qemu:///system?socket=/run/a',
    folder,
    env: { PATH: process.env['PATH'], SECRET: 'qemu://u:secret@h/system' },
    console: undefined,
    machines: {
      states: () => Promise.resolve(new Map([['anna', 'running' as const]])),
      pingAgent: () => Promise.resolve(),
      addresses: () => Promise.resolve(['127.0.0.1']),
      ...change,
    },
  };
}

const quick = { timeout: 5, interval: 0.02, retries: 3 };
const check = (probe: HealthProbe, tries: Partial<HealthCheck> = {}): HealthCheck =>
  ({ ...defaultTries(probe.kind), ...probe, ...quick, ...tries }) as HealthCheck;
const script = (text: string): HealthCheck => check({ kind: 'command', command: ['sh', '-c', text] });

/** A real server on a free port of this machine. */
async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

describe('a TCP check', () => {
  test('is well when the port takes a connection, and is not when nobody listens any more', async () => {
    const { server, port } = await listening();
    expect(await checkHealth(standIn(), [check({ kind: 'tcp', port })])).toEqual({
      healthy: true,
      seconds: expect.any(Number) as number,
    });
    server.close();
    await once(server, 'close');
    expect(await checkHealth(standIn(), [check({ kind: 'tcp', port })])).toMatchObject({
      healthy: false,
      what: `expected a connection to port ${port} within 5 s, found 127.0.0.1: ECONNREFUSED`,
      tries: 4,
    });
  });

  test('takes the address that answers, whatever the others do', async () => {
    const { server, port } = await listening();
    // Nobody listens at the first; to the second (of TEST-NET-1) there is no way, or nobody answers.
    const addresses = () => Promise.resolve(['127.0.0.2', '192.0.2.1', '127.0.0.1']);
    const start = performance.now();
    expect(await checkHealth(standIn({ addresses }), [check({ kind: 'tcp', port })])).toMatchObject({
      healthy: true,
    });
    expect(performance.now() - start).toBeLessThan(4000);
    server.close();
  });

  test('is tried again until an address is known, and says so when none is', async () => {
    const { server, port } = await listening();
    const answers = [[], [], ['127.0.0.1']];
    const late = standIn({ addresses: () => Promise.resolve(answers.shift() ?? []) });
    expect(await checkHealth(late, [check({ kind: 'tcp', port })])).toMatchObject({ healthy: true });
    expect(await checkHealth(late, [check({ kind: 'tcp', port })])).toMatchObject({
      what: `expected an address to reach port ${port} at, found none: libvirt has no DHCP lease, guest agent or ARP entry of it`,
    });
    server.close();
  });
});

describe('a command', () => {
  test('runs in the project’s folder, without a shell, and has the clone in its environment', async () => {
    const file = join(folder, 'check.sh');
    writeFileSync(file, '#!/bin/sh\necho "$*" >said\nenv | grep ^REGRAFT_ | sort >>said\n');
    chmodSync(file, 0o755);
    const command = check({ kind: 'command', command: ['./check.sh', '$HOME', '*'] });
    expect(await checkHealth(standIn(), [command])).toMatchObject({ healthy: true });
    expect(readFileSync(join(folder, 'said'), 'utf8').trim().split('\n')).toEqual([
      '$HOME *',
      'REGRAFT_ADDRESS=127.0.0.1',
      'REGRAFT_CLONE=anna',
      'REGRAFT_POOL=students',
      'REGRAFT_URI=qemu:///system?socket=/run/a',
    ]);
  });

  test('has an empty address when libvirt knows none', async () => {
    const target = standIn({ addresses: () => Promise.resolve([]) });
    expect(await checkHealth(target, [script('[ "${REGRAFT_ADDRESS-unset}" = "" ]')])).toMatchObject({
      healthy: true,
    });
  });

  test.each<[string, string, string]>([
    ['its exit code and last line', 'echo one; echo two; exit 3', 'found 3: two'],
    ['what it complains of, not what it says', 'echo well; echo bad >&2; exit 1', 'found 1: bad'],
    ['nothing more when it says nothing', 'exit 1', 'found 1'],
    ['its last line without passwords', 'echo "$SECRET"; exit 1', 'found 1: qemu://u:***@h/system'],
    ['its last line without colours', "printf '\\033[31mred\\033[0m\\n'; exit 1", 'found 1: red'],
  ])('that fails shows %s', async (_what, text, found) => {
    const result = await checkHealth(standIn(), [script(text)], { once: true });
    expect(result).toMatchObject({ healthy: false, tries: 1, what: `expected sh to exit with 0, ${found}` });
  });

  test('that takes too long is ended, and one that is not there is told', async () => {
    const slow = check({ kind: 'command', command: ['sleep', '60'] }, { timeout: 0.2, retries: 0 });
    expect(await checkHealth(standIn(), [slow])).toMatchObject({ what: 'sleep did not end within 0.2 s' });
    const missing = check({ kind: 'command', command: ['./none.sh'] }, { retries: 0 });
    expect(await checkHealth(standIn(), [missing])).toMatchObject({
      what: "there is no program ./none.sh: name one that is installed, or a file in the project's folder such as ./check.sh",
    });
  });
});

describe('checks', () => {
  test('are made in their order, and the first that fails ends them', async () => {
    const order = ['echo 1 >>log', 'echo 2 >>log; exit 1', 'echo 3 >>log'].map(script);
    const result = await checkHealth(standIn(), order);
    expect(result).toMatchObject({ healthy: false, check: order[1], tries: 4 });
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('1\n2\n2\n2\n2\n');
  });

  test('are tried again with the interval between until one try ends well', async () => {
    const third = script('echo try >>log; [ $(wc -l <log) = 3 ]');
    const start = performance.now();
    expect(await checkHealth(standIn(), [{ ...third, interval: 0.3 }])).toMatchObject({ healthy: true });
    expect(performance.now() - start).toBeGreaterThan(600);
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('try\ntry\ntry\n');
  });

  test('end with the reason of the signal, the program that runs included', async () => {
    const interrupt = new AbortController();
    const result = checkHealth(standIn(), [script('trap "echo ended >log; exit 1" INT; sleep 60')], {
      signal: interrupt.signal,
    });
    await sleep(300);
    interrupt.abort(new UserError('interrupted'));
    await expect(result).rejects.toThrow('interrupted');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('ended\n');
  });

  test.each<HealthProbe>([{ kind: 'running' }, { kind: 'tcp', port: 1 }])(
    'end with the reason of the signal between two tries: $kind',
    async (probe) => {
      const interrupt = new AbortController();
      const patient = check(probe, { interval: 60 });
      const result = checkHealth(standIn(), [patient], { signal: interrupt.signal });
      await sleep(300);
      interrupt.abort(new UserError('interrupted'));
      await expect(result).rejects.toThrow('interrupted');
    },
  );

  test('that libvirt does not answer fail in time, with libvirt’s words when it has any', async () => {
    const states = [
      () => Promise.reject<never>(new UserError('Connection refused')),
      () => new Promise<never>(() => undefined),
    ];
    const whats = await Promise.all(
      states.map(async (state) => {
        const target = standIn({ states: state });
        return checkHealth(target, [check({ kind: 'running' }, { timeout: 0.2 })], { once: true });
      }),
    );
    expect(whats).toMatchObject([
      { what: 'Connection refused' },
      { what: 'expected its state from libvirt within 0.2 s, found no answer' },
    ]);
  });

  test('of a console that is not read from here fail at once', async () => {
    const console = check({ kind: 'console', pattern: 'login:', flags: 'i' }, { interval: 60 });
    expect(await checkHealth(standIn(), [console])).toMatchObject({
      tries: 1,
      what: 'expected /login:/i on the console since the start, found no console log that is read from here',
    });
  });

  test('that break by a mistake of ours are no finding on the machine', async () => {
    const target = standIn({ states: () => Promise.reject(new Error('a mistake')) });
    await expect(checkHealth(target, [check({ kind: 'running' })])).rejects.toThrow('a mistake');
  });

  test('are none: well at once', async () => {
    expect(await checkHealth(standIn(), [])).toMatchObject({ healthy: true });
  });
});
