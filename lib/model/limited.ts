/** Does what it is given, so many things at a time and the others in the order in which they came. */
export type Limited = <Result>(act: () => Promise<Result>) => Promise<Result>;

/** Makes a limit that all who share it keep together. */
export function limited(atOnce: number): Limited {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (act) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
