import { performance } from 'node:perf_hooks';

/** Does one step of the demo, and says what it is and how long it took; on a terminal also while it goes on. */
export async function step<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  const start = performance.now();
  const live = process.stdout.isTTY;
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  const ticker = live
    ? setInterval(() => process.stdout.write(`\r  …  ${what} (${seconds()})`), 1000)
    : undefined;
  if (live) process.stdout.write(`  …  ${what}`);
  try {
    const result = await act();
    console.log(`${live ? '\r' : ''}  ok ${what} (${seconds()})`);
    return result;
  } catch (error) {
    console.log(`${live ? '\r' : ''}  !! ${what} (${seconds()})`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}
