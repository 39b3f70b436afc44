import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Connects to a TCP port and closes the connection again.
 *
 * @throws Error when nobody takes the connection, or when the signal ends it
 */
export async function knock(address: string, port: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const socket = connect({ host: address, port, signal });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
