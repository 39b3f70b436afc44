import { setTimeout as sleep } from 'node:timers/promises';
import { Unhealthy } from './target';

/**
 * What a question answers, if it does in time.
 *
 * @throws Unhealthy when it takes longer; what asks is then left to its own, longer timeout
 */
export async function inTime<Answer>(
  question: Promise<Answer>,
  seconds: number,
  what: string,
): Promise<Answer> {
  const over = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: over.signal }).then(
    () => Promise.reject(new Unhealthy(`expected ${what} within ${seconds} s, found no answer`)),
    // It was answered.
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([question, late]);
  } finally {
    over.abort();
  }
}
