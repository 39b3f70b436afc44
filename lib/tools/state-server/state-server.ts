import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';
import { jsonOf } from '../../model/json';
import { UserError } from '../../model/user-error';
import type { Target } from './state-writer';
import { StateWriter } from './state-writer';

const version = z.object({ version: z.literal(4), lineage: z.string(), serial: z.number() });
type Version = z.infer<typeof version>;

const lockInfo = z.object({ ID: z.string().min(1) });

interface Answer {
  readonly status: number;
  readonly body?: string;
}

/**
 * Serves one state on this machine by the protocol of Terraform's `http` backend, to whoever knows its password.
 *
 * Terraform's local backend writes the whole state at every change, one after the other; this one takes it and writes
 * the last of many ({@link StateWriter}). All is on disk before Terraform gets its lock released.
 */
export class StateServer {
  /**
   * Begins to serve.
   *
   * @param text the state; empty when there is none yet
   * @throws UserError when the text is no state
   */
  static async start(text: string, target: Target): Promise<StateServer> {
    if (text !== '' && !versionOf(text))
      throw new UserError('the state is not one of Terraform (format 4): look at terraform state pull');
    const served = new StateServer(text, new StateWriter(target));
    await new Promise<void>((resolve, reject) => {
      served.server.once('error', reject);
      served.server.listen(0, '127.0.0.1', resolve);
    });
    return served;
  }

  private readonly server: Server;
  private readonly user = 'regraft';
  private readonly password = randomBytes(24).toString('base64url');
  private lock: { readonly id: string; readonly info: string } | undefined;

  private constructor(
    private text: string,
    private readonly writer: StateWriter,
  ) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error: Error) => answer(response, 500, error.message));
    });
  }

  /** The backend's configuration, without anything secret. */
  get backend(): Readonly<Record<string, string>> {
    const address = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
    return {
      ...{ address, lock_address: address, unlock_address: address },
      ...{ update_method: 'POST', lock_method: 'LOCK', unlock_method: 'UNLOCK' },
    };
  }

  /** What lets Terraform in: its `http` backend takes both from its environment, so that no file holds them. */
  get env(): Readonly<Record<string, string>> {
    return { TF_HTTP_USERNAME: this.user, TF_HTTP_PASSWORD: this.password };
  }

  /**
   * Ends, with the last state on disk.
   *
   * @throws UserError when it cannot be written
   */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
    await this.writer.settled().catch((error: Error) => {
      throw new UserError(`the state cannot be written (${error.message})`);
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.knows(request.headers.authorization)) {
      return answer(response.setHeader('www-authenticate', 'Basic'), 401, 'not for you');
    }
    const body = await buffer(request);
    const { status, body: said = '' } = await this.handle(request, body);
    answer(response, status, said);
  }

  private async handle({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const text = body.toString('utf8');
    switch (method) {
      case 'GET':
        return this.text === '' ? { status: 404 } : { status: 200, body: this.text };
      case 'LOCK':
        return this.take(text);
      case 'UNLOCK':
        return this.give(text);
      case 'POST':
        return this.put(text, body, headers['content-md5'], new URL(url!, 'http://x').searchParams.get('ID'));
      default:
        return { status: 405, body: `${method} is not known here` };
    }
  }

  private take(info: string): Answer {
    if (this.lock) return { status: 423, body: this.lock.info };
    const id = idOf(info);
    if (id === undefined) return { status: 400, body: 'no lock info' };
    this.lock = { id, info };
    return { status: 200 };
  }

  /** `terraform force-unlock` sends nothing but a lock's ID, or nothing at all. */
  private async give(info: string): Promise<Answer> {
    const id = idOf(info);
    if (this.lock && id !== undefined && id !== this.lock.id) return { status: 423, body: this.lock.info };
    await this.writer.settled();
    this.lock = undefined;
    return { status: 200 };
  }

  private async put(
    text: string,
    body: Buffer,
    md5: IncomingMessage['headers'][string],
    lockId: string | null,
  ): Promise<Answer> {
    if (this.lock ? lockId !== this.lock.id : lockId !== null)
      return { status: 423, body: this.lock?.info ?? 'the lock is not held any more' };
    if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64'))
      return { status: 400, body: 'the state was damaged on its way' };
    const problem = cannotFollow(versionOf(this.text), versionOf(text), text === this.text);
    if (problem !== undefined) return { status: 409, body: problem };
    this.text = text;
    const failing = this.writer.failed;
    this.writer.put(text);
    // Once a write has failed, as on a full disk, Terraform is told of every state whether it is on disk.
    if (failing) await this.writer.settled();
    return { status: 200 };
  }

  private knows(authorization: string | undefined): boolean {
    const hash = (value: string): Buffer => createHash('sha256').update(value).digest();
    const wanted = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString('base64')}`;
    return timingSafeEqual(hash(authorization ?? ''), hash(wanted));
  }
}

/** Why a state cannot come after another, by Terraform's rules: it has another history, or is older (`internal/states/statemgr/migrate.go`). */
function cannotFollow(
  before: Version | undefined,
  after: Version | undefined,
  same: boolean,
): string | undefined {
  if (!after) return 'this is no state of Terraform';
  if (!before || same) return undefined;
  if (before.lineage !== after.lineage)
    return `the state has lineage ${after.lineage}, expected ${before.lineage}`;
  if (after.serial > before.serial) return undefined;
  return `the state has serial ${after.serial}, expected one after ${before.serial}`;
}

/** Where a state stands in its history; `undefined` for a text that is no state. */
export function versionOf(text: string): Version | undefined {
  return version.safeParse(jsonOf(text)).data;
}

function idOf(info: string): string | undefined {
  return lockInfo.safeParse(jsonOf(info)).data?.ID;
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status).end(body);
}
