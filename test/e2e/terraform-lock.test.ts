import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { terraformEnv } from '../../lab/provider';
import { UserError } from '../../lib/model/user-error';
import { Terraform } from '../../lib/tools/terraform';

/** Terraform's own lock on a state behind HTTP, which stays when its holder is killed. */
const folder = mkdtempSync(join(tmpdir(), 'regraft-lock-test-'));
let server: Server;
let lock = '';
let terraform: Terraform;

beforeAll(async () => {
  let state = '';
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      if (request.method === 'LOCK' && lock !== '') return response.writeHead(423).end(lock);
      if (request.method === 'LOCK') lock = body;
      else if (request.method === 'UNLOCK') lock = '';
      else if (request.method === 'POST') state = body;
      else if (state === '') return response.writeHead(404).end();
      return response.end(request.method === 'GET' ? state : '');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const backend = { http: { address, lock_address: address, unlock_address: address } };
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ terraform: { backend } }));
  terraform = await Terraform.find({ env: { ...process.env, ...terraformEnv() } });
  expect(await terraform.init(folder)).toBeUndefined();
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the lock is held from before an action until after it, whether it succeeds or fails', async () => {
  expect(await terraform.whileLocked(folder, () => Promise.resolve(lock !== ''))).toBe(true);
  expect(lock).toBe('');
  const failing = terraform.whileLocked(folder, () => Promise.reject(new Error('of the action')));
  await expect(failing).rejects.toThrow('of the action');
  expect(lock).toBe('');
});

test('nothing is done while another has the lock; the message names its ID, its holder and the way out', async () => {
  await terraform.whileLocked(folder, async () => {
    const { ID: id } = JSON.parse(lock) as { ID: string };
    let done = false;
    const second = terraform.whileLocked(folder, async () => {
      done = true;
      return Promise.resolve();
    });
    const error = await second.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(
      new RegExp(`^\\w+ could not lock the state: its lock ${id} is held .*regraft repair --unlock ${id}$`),
    );
    expect(done).toBe(false);
  });
});

test('a lock that its holder has left behind is dropped by its ID, and by no other', async () => {
  const id = '00000000-1111-2222-3333-444444444444';
  lock = JSON.stringify({
    ID: id,
    Operation: 'OperationTypeApply',
    Who: 'killed@vm',
    Created: '2026-11-24T06:00:00Z',
  });
  await expect(terraform.forceUnlock(folder, 'another')).rejects.toBeInstanceOf(UserError);
  expect(lock).not.toBe('');
  await terraform.forceUnlock(folder, id);
  expect(lock).toBe('');
});
