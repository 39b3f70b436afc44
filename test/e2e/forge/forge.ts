import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A comment on a pull or merge request. */
interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
  readonly author: { readonly id: number };
}

/** Stands in for GitHub and GitLab: as much of their interfaces as `forge.mjs` asks for. */
export class Forge {
  readonly comments: Comment[] = [];
  /** Packed reviews by their names. */
  readonly stored = new Map<string, Buffer>();
  private server!: Server;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      void this.answer(request).then(([status, body]) => response.writeHead(status).end(body));
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  stop(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Somebody writes a comment. */
  write(body: string, login: string, author: number): void {
    this.comments.push({ id: this.comments.length + 1, body, user: { login }, author: { id: author } });
  }

  private async answer(request: IncomingMessage): Promise<[number, string | Buffer]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url!, this.url);
    const text = (): string => (JSON.parse(body.toString()) as { body: string }).body;
    const call = `${request.method} ${pathname}`;
    if (!['Bearer github-token', undefined].includes(request.headers.authorization)) return [401, ''];

    if (/^GET .*\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(call)) {
      const page = Number(searchParams.get('page'));
      return [200, JSON.stringify(this.comments.slice((page - 1) * 100, page * 100))];
    }
    if (/^POST .*\/(issues\/7\/comments|merge_requests\/7\/notes)$/.test(call)) {
      this.write(text(), 'github-actions[bot]', 42);
      return [201, '{}'];
    }
    const [, id] = /^(?:PATCH|PUT) .*\/(?:issues\/comments|notes)\/(\d+)$/.exec(call) ?? [];
    if (id !== undefined) {
      this.comments[Number(id) - 1]!.body = text();
      return [200, '{}'];
    }
    if (call === 'GET /user') return [200, '{"id":42}'];
    if (call === 'GET /repos/me/lab/actions/artifacts') {
      const there = this.stored.has(searchParams.get('name')!);
      return [
        200,
        JSON.stringify({ artifacts: there ? [{ expired: false, workflow_run: { id: 99 } }] : [] }),
      ];
    }
    const [, tree] = /\/packages\/generic\/regraft-review\/(\w+)\/review\.tar\.gpg$/.exec(pathname) ?? [];
    if (tree !== undefined && request.headers['job-token'] === 'job-token') {
      if (request.method === 'PUT') this.stored.set(tree, body);
      const found = this.stored.get(tree);
      return found ? [200, found] : [404, ''];
    }
    return [404, ''];
  }
}
