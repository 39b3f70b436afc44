import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import type { Identity } from './certificate';
import { log } from './log';

/** Where the one client connects. */
export interface Listener {
  /** The path of the Unix socket. */
  readonly path: string;
  /** How many clients are connected that have shown the certificate. */
  connections(): number;
  /** Takes no further connection, and removes the socket with its folder. */
  close(): void;
}

/** What is done with connections. */
export interface OnConnection {
  /** A client that has shown the certificate. */
  opened(socket: TLSSocket): void;
  /** The last connection is closed. */
  lastClosed(): void;
}

/** The longest path of a Unix socket on any system (macOS). */
const LONGEST_PATH = 103;
/** Milliseconds. */
const HANDSHAKE_TIMEOUT = 10_000;

/** Listens on a Unix socket in a new folder that only this user may enter, for a client with that one certificate. */
export async function listen(
  identity: Identity,
  clientCertificate: X509Certificate,
  { opened, lastClosed }: OnConnection,
): Promise<Listener> {
  const sockets = new Set<TLSSocket>();
  const server = createServer({
    key: identity.key,
    cert: identity.pem,
    ca: clientCertificate.toString(),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_TIMEOUT,
  });
  server.on('tlsClientError', (error, socket) => {
    log('WARN', `refused a connection: ${error.message}`);
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', (error) => log('WARN', `a connection broke: ${error.message}`));
    // What the certificate itself has signed would pass as well.
    if (!socket.getPeerX509Certificate()?.raw.equals(clientCertificate.raw)) {
      log('WARN', 'refused a connection: it has another certificate');
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) lastClosed();
    });
    opened(socket);
  });
  const folder = privateFolder();
  const path = join(folder, 'socket');
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    connections: () => sockets.size,
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Only its owner may enter it (mkdtemp makes it with mode 0700). */
function privateFolder(): string {
  const name = 'regraft-provider-';
  const fits = Buffer.byteLength(join(tmpdir(), `${name}XXXXXX`, 'socket')) <= LONGEST_PATH;
  return mkdtempSync(join(fits ? tmpdir() : '/tmp', name));
}
