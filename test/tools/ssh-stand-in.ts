import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program in the place of `ssh`: it notes its arguments and runs the command as sshd does, by the user's shell, on this machine. */
export class SshStandIn {
  readonly folder = mkdtempSync(join(tmpdir(), 'regraft-ssh-'));
  readonly env: NodeJS.ProcessEnv;

  /** @param before shell commands that run before the command, such as what a user's start-up files print. */
  constructor(before = '') {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    const text = `#!/bin/sh
printf '%s\\0' "$@" >'${this.folder}/arguments'
while [ "$1" != -- ]; do shift; done
shift 2
${before}
exec "\${SHELL:-sh}" -c "$*"
`;
    writeFileSync(join(bin, 'ssh'), text);
    chmodSync(join(bin, 'ssh'), 0o755);
    this.env = { PATH: `${bin}:${process.env['PATH']}` };
  }

  /** The arguments of the last call. */
  arguments(): string[] {
    return readFileSync(join(this.folder, 'arguments'), 'utf8').split('\0').slice(0, -1);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
