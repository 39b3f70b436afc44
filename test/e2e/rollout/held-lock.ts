import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Project } from '../../../lab/project';
import { terraformEnv } from '../../../lab/provider';

/** Has another Terraform hold the lock of a project's state as long as it waits for an answer; returns how to end that. */
export async function holdStateLock({ folder, stackFolder }: Project): Promise<() => Promise<void>> {
  const env = { ...process.env, ...terraformEnv() };
  const child = spawn(env['TERRAFORM_BINARY_NAME']!, ['apply'], {
    cwd: stackFolder,
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const release = async (): Promise<void> => {
    child.stdin.end('no\n');
    await ended;
  };
  const note = join(folder, '.terraform.lab.tfstate.lock.info');
  for (let tries = 0; !existsSync(note); tries++) {
    if (tries > 300) {
      await release();
      throw new Error('the state is not locked after 30 s');
    }
    await sleep(100);
  }
  return release;
}
