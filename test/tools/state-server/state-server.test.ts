import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { StateServer } from '../../../lib/tools/state-server/state-server';

/** The protocol of Terraform's `http` backend, as a client of it sees it. */
const LINEAGE = 'aaaaaaaa-1111-2222-3333-444444444444';
const LOCK = JSON.stringify({ ID: 'one', Who: 'a@b', Operation: 'OperationTypeApply' });

let server: StateServer;
let written: string[];
let broken: Error | undefined;

beforeEach(async () => {
  written = [];
  broken = undefined;
  server = await StateServer.start('', {
    write: async (text) => {
      await sleep(5);
      if (broken) throw broken;
      written.push(text);
    },
  });
});

afterEach(() => server.close().catch(() => undefined));

function stateOf(serial: number, more: object = {}): string {
  return JSON.stringify({ version: 4, serial, lineage: LINEAGE, ...more });
}

interface Said {
  readonly status: number;
  readonly body: string;
}

async function say(
  method: string,
  body = '',
  { query = '', headers = {}, env = server.env } = {},
): Promise<Said> {
  const auth = `${env['TF_HTTP_USERNAME']}:${env['TF_HTTP_PASSWORD']}`;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${server.backend['address']}${query}`,
      { method, auth, headers },
      (response) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += part.toString()));
        response.on('end', () => resolve({ status: response.statusCode!, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

test('nobody gets in without the password', async () => {
  await say('POST', stateOf(1));
  for (const password of ['', 'x', `${server.env['TF_HTTP_PASSWORD']}x`]) {
    const env = { TF_HTTP_USERNAME: 'regraft', TF_HTTP_PASSWORD: password };
    expect(await say('GET', '', { env })).toEqual({ status: 401, body: 'not for you' });
    expect((await say('POST', stateOf(2), { env })).status).toBe(401);
  }
  expect((await say('GET')).body).toBe(stateOf(1));
  expect(JSON.stringify(server.backend)).not.toContain(server.env['TF_HTTP_PASSWORD']);
});

test('there is no state until one is handed over, and then it is that one', async () => {
  expect((await say('GET')).status).toBe(404);
  expect((await say('POST', stateOf(1))).status).toBe(200);
  expect(await say('GET')).toEqual({ status: 200, body: stateOf(1) });
});

test('one lock at a time: another is told who holds it, and hands over no state', async () => {
  expect((await say('LOCK', LOCK)).status).toBe(200);
  expect(await say('LOCK', LOCK.replace('one', 'two'))).toEqual({ status: 423, body: LOCK });
  expect((await say('POST', stateOf(1))).status).toBe(423);
  expect((await say('POST', stateOf(1), { query: '?ID=two' })).status).toBe(423);
  expect((await say('UNLOCK', LOCK.replace('one', 'two'))).status).toBe(423);
  expect((await say('POST', stateOf(1), { query: '?ID=one' })).status).toBe(200);
  expect((await say('UNLOCK', LOCK)).status).toBe(200);
  expect((await say('POST', stateOf(2), { query: '?ID=one' })).status).toBe(423);
  expect((await say('LOCK', LOCK.replace('one', 'two'))).status).toBe(200);
});

test.each([
  ['of another lineage', stateOf(9).replace('aaaa', 'bbbb')],
  ['that is older', stateOf(4)],
  ['of the same serial that is another', stateOf(5, { outputs: {} })],
  ['that is none', '{"a":'],
])('a state %s does not follow', async (_, text) => {
  await say('POST', stateOf(5));
  expect((await say('POST', text)).status).toBe(409);
  expect((await say('POST', stateOf(5))).status).toBe(200);
  expect((await say('GET')).body).toBe(stateOf(5));
});

test('a state that was damaged on its way is refused', async () => {
  expect((await say('POST', stateOf(1), { headers: { 'content-md5': 'AAAA' } })).status).toBe(400);
  expect((await say('GET')).status).toBe(404);
});

test('of a burst of states few are written, in their order, and the last one before the lock is released', async () => {
  await say('LOCK', LOCK);
  for (let serial = 1; serial <= 200; serial += 1) await say('POST', stateOf(serial), { query: '?ID=one' });
  await say('UNLOCK', LOCK);
  expect(written.at(-1)).toBe(stateOf(200));
  expect(written.length).toBeLessThan(100);
  const serials = written.map((text) => (JSON.parse(text) as { serial: number }).serial);
  expect(serials).toEqual([...serials].sort((a, b) => a - b));
});

test('a state that nothing follows is written some 100 ms later', async () => {
  await say('POST', stateOf(1));
  await say('POST', stateOf(2));
  await sleep(600);
  expect(written.at(-1)).toBe(stateOf(2));
});

test('a write that fails is told at the next state, and at the end; a later one that succeeds mends it', async () => {
  broken = new Error('no space left');
  await say('POST', stateOf(1));
  await sleep(50);
  expect(await say('POST', stateOf(2))).toEqual({ status: 500, body: 'no space left' });
  await expect(server.close()).rejects.toThrow('the state cannot be written (no space left)');
  broken = undefined;
  await expect(server.close()).resolves.toBeUndefined();
  expect(written).toEqual([stateOf(2)]);
});

test('a text that is no state is not served', async () => {
  await expect(StateServer.start('{"version":3}', { write: () => Promise.resolve() })).rejects.toThrow(
    'the state is not one of Terraform',
  );
});
