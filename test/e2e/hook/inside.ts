import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Lab } from '../../../lab/lab';

const run = promisify(execFile);

/** Runs a shell script among the lab's mounts and processes. */
export async function insideLab(lab: Lab, script: string, ...args: string[]): Promise<string> {
  const nsenter = ['-t', String(libvirtdOf(lab)), '-m', '-p', '--', 'sh', '-euc', script, 'sh', ...args];
  return (await run('nsenter', nsenter)).stdout;
}

/** Has libvirtd read its configuration again, as `systemctl reload libvirtd` does. */
export function reloadLibvirtd(lab: Lab): void {
  process.kill(libvirtdOf(lab), 'SIGHUP');
}

/** Kills the QEMU of a machine, as if it had crashed or the power had failed, and waits until it is gone. */
export async function killQemu(lab: Lab, machine: string): Promise<void> {
  const pid = processOf(lab, (words) => words.includes(`guest=${machine},debug-threads=on`));
  process.kill(pid, 'SIGKILL');
  while (isThere(pid)) await sleep(50);
}

function libvirtdOf(lab: Lab): number {
  return processOf(lab, (words) => words[0] === 'libvirtd');
}

function isThere(pid: number): boolean {
  try {
    // A process that its parent has not looked after yet is there by its name only.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function processOf(lab: Lab, is: (words: string[]) => boolean): number {
  const found = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .find((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return is(words) && readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(`${lab.directory}/etc `);
      } catch {
        return false;
      }
    });
  if (found === undefined) throw new Error('the lab has no such process');
  return Number(found);
}
