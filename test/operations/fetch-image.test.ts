import { createHash } from 'node:crypto';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FetchRequest } from '../../lib/operations/fetch-image';
import { fetchImage } from '../../lib/operations/fetch-image';
import { download } from '../../lib/tools/download';

const folder = mkdtempSync(join(tmpdir(), 'regraft-fetch-'));
const image = join(folder, 'source.qcow2');
execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', image, '64M']);
execFileSync('qemu-io', ['-c', 'write -q -P 0x5a 0 3M', image]);
const bytes = readFileSync(image);
const sha256 = digest(bytes);

function digest(of: Buffer): string {
  return createHash('sha256').update(of).digest('hex');
}

/** What the server has, and how it answers now. */
let content: { bytes: Buffer; etag?: string };
/** Bytes after which a connection is cut. */
let cutAfter: number | undefined;
let ranges: boolean;
let asked: { path: string; range?: string; authorization?: string }[];

const server = createServer(answer);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '/', headers } = request;
  asked.push({
    path: url,
    ...(headers.range === undefined ? {} : { range: headers.range }),
    ...(headers.authorization === undefined ? {} : { authorization: headers.authorization }),
  });
  const sums: Record<string, string> = {
    '/SHA256SUMS': `${'0'.repeat(64)}  other.qcow2\n${sha256} *disk.qcow2\n`,
    '/bsd': `SHA256 (disk.qcow2) = ${sha256.toUpperCase()}\n`,
    '/other-sums': `${'0'.repeat(64)}  other.qcow2\n`,
    '/wrong-sums': `${'0'.repeat(64)}  disk.qcow2\n`,
    '/two-sums': `${'0'.repeat(64)}  disk.qcow2\n${sha256}  disk.qcow2\n`,
  };
  if (sums[url] !== undefined) return void response.end(sums[url]);
  const to: Record<string, string> = {
    '/moved/disk.qcow2': '/disk.qcow2',
    '/to-file/disk.qcow2': `file://${image}`,
    '/to-ftp/disk.qcow2': 'ftp://images.test/disk.qcow2',
    '/round/disk.qcow2': '/round/disk.qcow2',
  };
  if (to[url] !== undefined) return void response.writeHead(302, { location: to[url] }).end();
  if (!url.endsWith('/disk.qcow2')) return void response.writeHead(404).end();
  send(request, response);
}

function send({ headers }: IncomingMessage, response: ServerResponse): void {
  const { bytes: all, etag } = content;
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const isFresh = headers['if-range'] === undefined || headers['if-range'] === etag;
  const tag = etag === undefined ? {} : { etag };
  const part = ranges && headers.range !== undefined && isFresh;
  if (part && from >= all.length)
    return void response.writeHead(416, { ...tag, 'content-range': `bytes */${all.length}` }).end();
  const body = part ? all.subarray(from) : all;
  response.writeHead(part ? 206 : 200, {
    ...tag,
    'content-length': body.length,
    ...(part ? { 'content-range': `bytes ${from}-${all.length - 1}/${all.length}` } : {}),
  });
  if (cutAfter === undefined || body.length <= cutAfter) return void response.end(body);
  response.write(body.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 50));
}

let home: string;
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  home = mkdtempSync(join(folder, 'project-'));
  content = { bytes, etag: '"one"' };
  cutAfter = undefined;
  ranges = true;
  asked = [];
});

const notices: string[] = [];
const fetched = (request: Partial<FetchRequest> = {}) => {
  notices.length = 0;
  return fetchImage(
    { url: `${origin}/disk.qcow2`, ...request },
    {
      folder: home,
      env: { XDG_CACHE_HOME: join(folder, 'cache') },
      progress: () => undefined,
      notice: (text) => void notices.push(text),
    },
  );
};
const there = () => (existsSync(join(home, 'images')) ? readdirSync(join(home, 'images')) : []);

test('an image comes into images/, and the line of TypeScript with it; a second time it is there already', async () => {
  const line = `image: 'images/disk.qcow2', sha256: '${sha256}'`;
  expect(await fetched({ sha256: sha256.toUpperCase() })).toEqual({
    path: 'images/disk.qcow2',
    sha256,
    wasThere: false,
    line,
  });
  expect(there()).toEqual(['disk.qcow2']);
  expect(readFileSync(join(home, 'images/disk.qcow2')).equals(bytes)).toBe(true);
  expect(await fetched({ sha256 })).toMatchObject({ wasThere: true, line });
  expect(asked).toHaveLength(1);
});

test('what is there and is another is left alone', async () => {
  await fetched({ sha256 });
  await expect(fetched({ sha256: 'ab'.repeat(32) })).rejects.toThrow(
    `disk.qcow2 is there already, with SHA-256 ${sha256}, expected ${'ab'.repeat(32)}`,
  );
  expect(there()).toEqual(['disk.qcow2']);
});

test.each(['SHA256SUMS', '/SHA256SUMS', '/bsd'])('its digest is looked up in %s', async (sums) => {
  expect(await fetched({ sha256sums: sums })).toMatchObject({ sha256 });
  expect(notices).toEqual([expect.stringContaining('is not behind https')]);
});

test.each([
  ['/other-sums', 'has no SHA-256 of disk.qcow2, or more than one'],
  ['/two-sums', 'has no SHA-256 of disk.qcow2, or more than one'],
  ['/nothing', 'cannot be fetched: the server answers 404'],
])('a sums file that does not say it (%s) is told before anything is fetched', async (sums, words) => {
  await expect(fetched({ sha256sums: sums })).rejects.toThrow(words);
  expect(asked.filter(({ path }) => path === '/disk.qcow2')).toEqual([]);
});

test('an image of another digest is deleted, and both digests are said', async () => {
  await expect(fetched({ sha256sums: '/wrong-sums' })).rejects.toThrow(
    `/disk.qcow2 has SHA-256 ${sha256}, expected ${'0'.repeat(64)}: what was fetched was deleted`,
  );
  expect(there()).toEqual([]);
});

test('a connection that is cut is made again and goes on where it was', async () => {
  cutAfter = 1_000_000;
  await fetched({ sha256 });
  expect(asked.length).toBeGreaterThan(3);
  const starts = asked.slice(1).map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(starts[0]).toBeGreaterThan(0);
  expect(there()).toEqual(['disk.qcow2']);
});

/** Fetches until the first connection is cut, as a run does that is killed. */
async function begin(length: number): Promise<void> {
  const stop = new AbortController();
  const onBytes = (read: number): void => void (read >= length && stop.abort());
  cutAfter = length;
  const part = join(home, 'images/disk.qcow2.part');
  await download({ url: `${origin}/disk.qcow2`, part, onBytes, signal: stop.signal }).catch(() => undefined);
  expect(there()).toEqual(['disk.qcow2.part', 'disk.qcow2.part.json']);
  cutAfter = undefined;
  asked = [];
}

test('a run that was killed is gone on with by the next', async () => {
  await begin(1_000_000);
  await fetched({ sha256 });
  expect(asked).toHaveLength(1);
  expect(asked[0]!.range).toMatch(/^bytes=[1-9]\d*-$/);
  expect(there()).toEqual(['disk.qcow2']);
});

test('of an image that was replaced meanwhile nothing old is kept', async () => {
  await begin(1_000_000);
  const newer = Buffer.from(bytes.map((byte) => byte ^ 1));
  content = { bytes: newer, etag: '"two"' };
  await fetched({ sha256: digest(newer) });
  expect(readFileSync(join(home, 'images/disk.qcow2')).equals(newer)).toBe(true);
});

test('a server that tells no version, and has another by now, is asked for all of it once the digest shows it', async () => {
  content = { bytes };
  await begin(1_000_000);
  const newer = Buffer.from(bytes.map((byte) => byte ^ 1));
  content = { bytes: newer };
  await fetched({ sha256: digest(newer) });
  expect(asked.map(({ range }) => range !== undefined)).toEqual([true, false]);
  expect(notices).toEqual([expect.stringContaining('its beginning is of an earlier run')]);
});

test('an image that is shorter by now is fetched from its beginning', async () => {
  await begin(2_000_000);
  content = { bytes: bytes.subarray(0, 500_000) };
  await fetched({ sha256: digest(content.bytes) });
  expect(there()).toEqual(['disk.qcow2']);
});

test('a server without ranges sends all of it again', async () => {
  await begin(1_000_000);
  ranges = false;
  await fetched({ sha256 });
  expect(asked).toHaveLength(1);
  expect(readFileSync(join(home, 'images/disk.qcow2')).equals(bytes)).toBe(true);
});

test('a part that is whole already is only looked at', async () => {
  await begin(1_000_000);
  writeFileSync(join(home, 'images/disk.qcow2.part'), bytes);
  await fetched({ sha256 });
  expect(there()).toEqual(['disk.qcow2']);
});

test('a part of another URL is not gone on with', async () => {
  await begin(1_000_000);
  await fetched({ url: `${origin}/elsewhere/disk.qcow2`, sha256 });
  expect(asked).toEqual([{ path: '/elsewhere/disk.qcow2' }]);
});

test('a connection on which nothing comes is given up', async () => {
  let connections = 0;
  const silent = createServer((_, response) => {
    connections += 1;
    response.writeHead(200).write('x');
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/a`;
  const part = join(home, 'a.part');
  const stop = AbortSignal.timeout(2000);
  await expect(download({ url, part, idle: 100, signal: stop })).rejects.toThrow();
  expect(connections).toBeGreaterThan(1);
  silent.closeAllConnections();
  silent.close();
});

test('redirects are followed, but to no other scheme, and not without end', async () => {
  expect(await fetched({ url: `${origin}/moved/disk.qcow2`, sha256 })).toMatchObject({ sha256 });
  home = mkdtempSync(join(folder, 'project-'));
  for (const path of ['to-file', 'to-ftp']) {
    await expect(fetched({ url: `${origin}/${path}/disk.qcow2`, sha256 })).rejects.toThrow(
      /redirects to (file|ftp):.*, which is no http URL: it is not followed/,
    );
  }
  await expect(fetched({ url: `${origin}/round/disk.qcow2`, sha256 })).rejects.toThrow(
    'redirects more than 10 times',
  );
  expect(there()).toEqual([]);
});

test('a redirect from https to http is not followed', async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ],
    { stdio: 'ignore' },
  );
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    response.writeHead(301, { location: `${origin}/disk.qcow2` }).end();
  });
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  // Node reads the certificates that it trusts when it starts.
  const program = join(folder, 'ask.ts');
  const repository = join(__dirname, '../..');
  writeFileSync(
    program,
    `import { request } from '${repository}/lib/tools/http';\nrequest(process.argv[2]!, {}).catch((error: Error) => console.log(error.message));\n`,
  );
  const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/disk.qcow2`;
  try {
    const { stdout } = await promisify(execFile)(
      'node',
      [join(repository, 'node_modules/tsx/dist/cli.mjs'), program, url],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: cert } },
    );
    expect(stdout).toContain('which is no https URL: it is not followed');
  } finally {
    tls.closeAllConnections();
    tls.close();
  }
});

test('a password in the URL is given to the server and shown to nobody', async () => {
  const url = origin.replace('//', '//me:hidden@');
  await fetched({ url: `${url}/disk.qcow2`, sha256 });
  expect(asked[0]!.authorization).toBe(`Basic ${Buffer.from('me:hidden').toString('base64')}`);
  const error = await fetched({ url: `${url}/none.qcow2`, sha256 }).catch((one: Error) => one);
  expect((error as Error).message).toMatch(/me:\*\*\*@.*cannot be fetched: the server answers 404/);
});

test.each<[Partial<FetchRequest>, string]>([
  [{}, 'nothing says what'],
  [{ sha256: 'abc' }, '--sha256 is "abc", expected 64 hexadecimal digits'],
  [{ sha256, sha256sums: '/SHA256SUMS' }, '--sha256 and --sha256sums are given: say one of them'],
  [{ url: 'ftp://images.test/a', sha256 }, 'the URL is "ftp://images.test/a", expected one of http or https'],
  [{ url: 'disk.qcow2', sha256 }, 'the URL is "disk.qcow2", expected one of http or https'],
])('%j is refused', async (request, words) => {
  await expect(fetched(request)).rejects.toThrow(words);
  expect(asked).toEqual([]);
});

test('a server that is not there is told at once', async () => {
  const began = Date.now();
  await expect(fetched({ url: 'http://127.0.0.1:1/disk.qcow2', sha256 })).rejects.toThrow(
    'there is no answer from http://127.0.0.1:1/disk.qcow2: ',
  );
  expect(Date.now() - began).toBeLessThan(3000);
});

test('an image of another format says how to convert it, a plain disk that it is raw', async () => {
  const vmdk = join(folder, 'a.vmdk');
  execFileSync('qemu-img', ['create', '-q', '-f', 'vmdk', vmdk, '1M']);
  content = { bytes: readFileSync(vmdk) };
  expect(await fetched({ sha256: digest(content.bytes) })).toMatchObject({
    advice: expect.stringContaining(
      'it is vmdk, not qcow2: convert it with "qemu-img convert -f vmdk -O qcow2',
    ),
  });
  content = { bytes: Buffer.alloc(1024, 7) };
  expect(await fetched({ sha256: digest(content.bytes), output: 'plain.img' })).toMatchObject({
    path: 'plain.img',
    line: `image: 'plain.img', format: 'raw', sha256: '${digest(content.bytes)}'`,
  });
});
