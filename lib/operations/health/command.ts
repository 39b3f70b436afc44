import { lastLines, readable } from '../../tools/console-log';
import { run } from '../../tools/process';
import { inTime } from './in-time';
import type { CheckOf, HealthTarget, Probe } from './target';
import { Unhealthy } from './target';

/** A program of the user's ends with exit code 0. */
export const command: Probe<CheckOf<'command'>> = async (target, { command: words, timeout }, signal) => {
  const [program = '', ...args] = words;
  const ended = await run(program, args, {
    env: { ...target.env, ...(await variables(target, timeout)) },
    folder: target.folder,
    timeout: timeout * 1000,
    missing: "name one that is installed, or a file in the project's folder such as ./check.sh",
    ...(signal === undefined ? {} : { signal }),
  });
  if (ended.exitCode === 0) return;
  const [last] = lastLines(readable(ended.stderr.trim() || ended.stdout), 1);
  throw new Unhealthy(
    `expected ${program} to exit with 0, found ${ended.exitCode}${last === undefined ? '' : `: ${last}`}`,
  );
};

async function variables({ clone, pool, uri, machines }: HealthTarget, timeout: number) {
  const [address = ''] = await inTime(machines.addresses(clone), timeout, 'its addresses from libvirt');
  return { REGRAFT_CLONE: clone, REGRAFT_POOL: pool, REGRAFT_ADDRESS: address, REGRAFT_URI: uri };
}
