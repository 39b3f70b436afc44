import { setTimeout as sleep } from 'node:timers/promises';
import { inTime } from './in-time';
import type { CheckOf, HealthTarget, Probe } from './target';
import { Unhealthy } from './target';

/** libvirt calls the machine running, at two looks with the interval between: one that fails at once is seen. */
export const running: Probe<CheckOf<'running'>> = async (target, { timeout, interval }, signal) => {
  const first = await stateOf(target, timeout);
  if (first !== 'running') throw new Unhealthy(`expected state running, found ${first}`);
  await sleep(interval * 1000, undefined, { ...(signal ? { signal } : {}) });
  const second = await stateOf(target, timeout);
  if (second !== 'running') {
    throw new Unhealthy(`expected state running for ${interval} s, found running and then ${second}`);
  }
};

async function stateOf({ machines, clone }: HealthTarget, timeout: number): Promise<string> {
  const states = await inTime(machines.states([clone]), timeout, 'its state from libvirt');
  return states.get(clone) ?? 'missing';
}
