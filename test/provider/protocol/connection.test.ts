import { spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { dirname } from 'node:path';
import { connect as connectHttp2 } from 'node:http2';
import type { ConnectionOptions } from 'node:tls';
import { connect } from 'node:tls';
import { setTimeout as passed } from 'node:timers/promises';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { Identity } from '../../../lib/provider/protocol/certificate';
import { newIdentity } from '../../../lib/provider/protocol/certificate';
import { serviceDefinition } from '../../../lib/provider/protocol/wire/services';
import { buildSample, untilGone } from './sample-project';

const MAGIC_COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';
let folder: string;
let program: string;
let started: ChildProcess[];

beforeAll(() => {
  folder = mkdtempSync('/tmp/regraft-connection-');
  program = buildSample(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  started = [];
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
});

function start(env: NodeJS.ProcessEnv) {
  const child = spawn(program, { env: { PATH: process.env['PATH'], TMPDIR: folder, ...env } });
  started.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (said.stdout += String(data)));
  child.stderr.on('data', (data) => (said.stderr += String(data)));
  return { child, said };
}

function invitation(client: Identity): NodeJS.ProcessEnv {
  return {
    TF_PLUGIN_MAGIC_COOKIE: MAGIC_COOKIE,
    PLUGIN_PROTOCOL_VERSIONS: '5,6',
    PLUGIN_CLIENT_CERT: client.pem,
  };
}

/** A provider that waits for its client. */
async function waiting() {
  const client = newIdentity();
  const { child, said } = start(invitation(client));
  while (!said.stdout.includes('\n')) await passed(10);
  const [core, protocol, network, path, kind, certificate] = said.stdout.trim().split('|');
  expect([core, protocol, network, kind]).toEqual(['1', '6', 'unix', 'grpc']);
  expect(certificate).not.toContain('=');
  const server = new X509Certificate(Buffer.from(certificate!, 'base64')).toString();
  return { child, said, client, path: path!, server };
}

type Waiting = Awaited<ReturnType<typeof waiting>>;

/** A client of the provider, as go-plugin has one. */
function connected({ path, client, server }: Pick<Waiting, 'path' | 'client' | 'server'>) {
  const secure = credentials.createSsl(Buffer.from(server), Buffer.from(client.key), Buffer.from(client.pem));
  const grpc = new Client(`unix:${path}`, secure, { 'grpc.ssl_target_name_override': 'localhost' });
  const call = (service: string, name: string, request: object = {}) => {
    const { path: method, requestSerialize, responseDeserialize } = serviceDefinition(service)[name]!;
    return new Promise<Record<string, unknown>>((done, failed) => {
      grpc.makeUnaryRequest(
        method,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + 5000 },
        (error, response) => (error ? failed(error) : done(response as Record<string, unknown>)),
      );
    });
  };
  return { grpc, call };
}

/** What becomes of a TLS connection that says something: the error, or what was answered before it was closed. */
async function answerTo(path: string, options: ConnectionOptions, text: string): Promise<string> {
  const socket = connect({ path, servername: 'localhost', ALPNProtocols: ['h2'], ...options });
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  socket.write(text);
  return new Promise((done) => {
    socket.on('error', (error) => done(error.message));
    socket.on('close', () => done(answer));
    // One that is served stays.
    socket.setTimeout(3000, () => socket.destroy(new Error(`open after ${answer.length} bytes`)));
  });
}

test.each([
  [{}, /^terraform-provider-regraft: this is the Terraform provider of regraft, .*terraform init`\n$/],
  [{ PLUGIN_PROTOCOL_VERSIONS: '5' }, /PLUGIN_PROTOCOL_VERSIONS is "5", expected a list with 6/],
  [{ PLUGIN_PROTOCOL_VERSIONS: '6' }, /PLUGIN_CLIENT_CERT is not set, .* mutual TLS/],
  [
    { PLUGIN_PROTOCOL_VERSIONS: '6', PLUGIN_CLIENT_CERT: 'no' },
    /PLUGIN_CLIENT_CERT is no certificate in PEM/,
  ],
])('started with %p, it says in one line why it does not serve', async (env, line) => {
  const whole = 'PLUGIN_PROTOCOL_VERSIONS' in env ? { TF_PLUGIN_MAGIC_COOKIE: MAGIC_COOKIE, ...env } : env;
  const { child, said } = start(whole);
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said.stdout).toBe('');
  expect(said.stderr).toMatch(line);
  expect(said.stderr.trim().split('\n')).toHaveLength(1);
});

test('the socket is where only its owner gets to, and goes with the provider', async () => {
  const { path, child } = await waiting();
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(existsSync(dirname(path))).toBe(false);
});

test('only the client with the certificate is served; others are refused, and it does not notice', async () => {
  const provider = await waiting();
  const { path, server, client } = provider;
  const { grpc, call } = connected(provider);
  const metadata = () => call('tfplugin6.Provider', 'GetMetadata');
  expect(await metadata()).toMatchObject({ resources: [{ type_name: 'sample_thing' }] });

  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const other = newIdentity();
  // Garbage instead of TLS, in one piece and one that hangs.
  const garbage = connectPlain(path);
  garbage.on('error', () => undefined);
  garbage.write(Buffer.alloc(100_000, 'x'));
  await new Promise((done) => garbage.on('close', done));
  const silent = connectPlain(path);
  silent.on('error', () => undefined);
  silent.write(Buffer.from([0x16, 0x03]));
  await metadata();

  expect(await answerTo(path, { ca: server }, preface)).toMatch(/certificate required/);
  const withOther = { ca: server, cert: other.pem, key: other.key };
  // Closed without a word: a client that is served gets the server's settings at once.
  expect(await answerTo(path, withOther, preface)).toBe('');
  await expect(
    connected({ path, server, client: other }).call('tfplugin6.Provider', 'GetMetadata'),
  ).rejects.toThrow();

  // The right client that speaks no HTTP/2 is cut off as well, and the session goes on.
  const right = { ca: server, cert: client.pem, key: client.key };
  expect(await answerTo(path, right, 'GET / HTTP/1.1\r\n\r\n'.repeat(20))).not.toBe('');
  expect(await metadata()).toMatchObject({ resources: [{ type_name: 'sample_thing' }] });
  silent.destroy();
  grpc.close();
});

test('what Terraform may call beside the provider is answered, and what is not known is UNIMPLEMENTED', async () => {
  const provider = await waiting();
  const { grpc, call } = connected(provider);
  expect(await call('grpc.health.v1.Health', 'Check', { service: 'plugin' })).toEqual({ status: 1 });
  expect(await call('tfplugin6.Provider', 'GetFunctions')).toMatchObject({ functions: {} });
  expect(await call('tfplugin6.Provider', 'GetProviderSchema')).toMatchObject({
    server_capabilities: {
      plan_destroy: true,
      get_provider_schema_optional: true,
      move_resource_state: false,
    },
  });
  expect(
    await call('tfplugin6.Provider', 'MoveResourceState', {
      source_type_name: 'libvirt_domain',
      target_type_name: 'sample_thing',
    }),
  ).toMatchObject({
    diagnostics: [
      {
        severity: 1,
        summary: 'a libvirt_domain cannot be moved to a sample_thing: import what it stands for instead',
      },
    ],
  });
  expect(await call('tfplugin6.Provider', 'ReadResource', { type_name: 'sample_thing' })).toMatchObject({
    diagnostics: [{ summary: 'the provider regraft is not configured: write a provider "regraft" block' }],
  });
  const unknown = await new Promise((done) =>
    grpc.makeUnaryRequest(
      '/tfplugin6.Provider/GetResourceIdentitySchemas',
      () => Buffer.alloc(0),
      (bytes) => bytes,
      {},
      (error) => done(error?.code),
    ),
  );
  expect(unknown).toBe(12);
  await call('plugin.GRPCController', 'Shutdown');
  expect(await untilGone(provider.child.pid!)).toBeLessThan(10_000);
  expect(provider.said.stdout.trim().split('\n')).toHaveLength(1);
  grpc.close();
});

test('an apply after a stop is refused, and the state stays as it was', async () => {
  const provider = await waiting();
  const { grpc, call } = connected(provider);
  await call('tfplugin6.Provider', 'StopProvider');
  const prior = { msgpack: Buffer.from([0x80]) };
  expect(
    await call('tfplugin6.Provider', 'ApplyResourceChange', {
      type_name: 'sample_thing',
      prior_state: prior,
      planned_private: Buffer.from('kept'),
    }),
  ).toMatchObject({
    new_state: prior,
    private: Buffer.from('kept'),
    diagnostics: [{ severity: 1, summary: 'not begun, as the apply was cancelled: apply again to go on' }],
  });
  grpc.close();
});

test('a client that leaves and does not come back ends the provider, one that comes back does not', async () => {
  const provider = await waiting();
  const first = connectHttp2('https://localhost', {
    createConnection: () =>
      connect({
        path: provider.path,
        servername: 'localhost',
        ALPNProtocols: ['h2'],
        ca: provider.server,
        cert: provider.client.pem,
        key: provider.client.key,
      }),
  });
  await once(first, 'remoteSettings');
  first.destroy();
  await passed(1000);
  const second = connected(provider);
  await second.call('tfplugin6.Provider', 'GetMetadata');
  await passed(3000);
  await second.call('tfplugin6.Provider', 'GetMetadata');
  second.grpc.close();
  const gone = await untilGone(provider.child.pid!);
  expect(gone).toBeGreaterThan(1000);
  expect(gone).toBeLessThan(15_000);
});
