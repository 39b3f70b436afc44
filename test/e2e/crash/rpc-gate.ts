import { rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Lab } from '../../../lab/lab';

/** Procedures of libvirt's remote protocol (`src/remote/remote_protocol.x`). */
export const PROCEDURES = {
  startDomain: 9,
  defineDomain: 11,
  createVolume: 93,
  createVolumeFrom: 125,
  setMetadata: 264,
} as const;

/** A moment in the talk between a client and libvirtd. */
export interface Moment {
  readonly procedure: keyof typeof PROCEDURES;
  /** What the call's arguments contain. */
  readonly text: string;
  /** Whether libvirtd never hears of the call, or carries it out and its answer is never heard. */
  readonly lost: 'call' | 'answer';
}

const CALL = 0;
const REPLY = 1;

/**
 * A socket in front of a lab's libvirtd that passes everything on, and does something at one call, exactly: whoever is
 * killed there has sent it, and knows nothing of what became of it.
 */
export class RpcGate {
  static async open(lab: Lab): Promise<RpcGate> {
    const path = join(lab.directory, 'run/gate-sock');
    const gate = new RpcGate(path, join(lab.directory, 'run/libvirt/libvirt-sock'));
    await new Promise<void>((resolve, reject) => gate.server.once('error', reject).listen(path, resolve));
    return gate;
  }

  /** The connection URI of libvirt behind this gate. */
  readonly uri: string;
  private readonly server: Server;
  private trap?: { readonly moment: Moment; readonly act: () => void };

  private constructor(
    private readonly path: string,
    private readonly libvirtd: string,
  ) {
    this.uri = `qemu:///system?socket=${path.split('/').map(encodeURIComponent).join('/')}`;
    this.server = createServer((client) => this.pass(client));
    this.server.unref();
  }

  /** Does something at the next such call, and only then. */
  at(moment: Moment, act: () => void): void {
    this.trap = { moment, act };
  }

  /** Whether what was asked for has not happened yet. */
  get isArmed(): boolean {
    return this.trap !== undefined;
  }

  close(): void {
    this.server.close();
    rmSync(this.path, { force: true });
  }

  private pass(client: Socket): void {
    const libvirtd = connect(this.libvirtd);
    let awaited: number | undefined;
    const end = (): void => {
      client.destroy();
      libvirtd.destroy();
    };
    const spring = (): void => {
      const { act } = this.trap!;
      delete this.trap;
      act();
      end();
    };
    for (const side of [client, libvirtd]) side.on('error', end).on('close', end);
    forEachPacket(client, (packet) => {
      const { moment } = this.trap ?? {};
      const isIt =
        moment !== undefined &&
        packet.readUInt32BE(12) === PROCEDURES[moment.procedure] &&
        packet.readUInt32BE(16) === CALL &&
        packet.includes(moment.text);
      if (isIt && moment.lost === 'call') return spring();
      if (isIt) awaited = packet.readUInt32BE(20);
      libvirtd.write(packet);
    });
    forEachPacket(libvirtd, (packet) => {
      if (packet.readUInt32BE(16) === REPLY && packet.readUInt32BE(20) === awaited) return spring();
      client.write(packet);
    });
  }
}

/** Each packet begins with its own length: then come program, version, procedure, type, serial and status, in words. */
function forEachPacket(socket: Socket, take: (packet: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= rest.readUInt32BE(0)) {
      const length = rest.readUInt32BE(0);
      const packet = rest.subarray(0, length);
      rest = rest.subarray(length);
      take(packet);
    }
  });
}
