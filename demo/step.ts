import { performance } from 'node:perf_hooks';

/** Does one step of the demo, and says what it is and how long it took; on a terminal also while it goes on. */
export async function step<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  const live = process.stdout.isTTY;
  const seconds = stopwatch();
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

/** Does one step that prints what it does itself, between a line before and a line after. */
export async function shownStep(what: string, act: () => Promise<void>): Promise<void> {
  const seconds = stopwatch();
  console.log(`\n  >> ${what}\n`);
  await act();
  console.log(`\n  ok ${what} (${seconds()})`);
}

function stopwatch(): () => string {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(0)} s`;
}
