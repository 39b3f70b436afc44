import { appended, redrawn, watch } from '../../lib/cli/watch';

/** What a sink was given. */
function sink(columns?: number) {
  const written: string[] = [];
  return {
    written,
    write: (text: string) => written.push(text),
    ...(columns ? { isTTY: true, columns, rows: 24 } : {}),
  };
}

/** Watches texts one after the other, and stops by the signal when the last was seen. */
async function watched(texts: readonly string[], screen: { show(text: string): void }): Promise<void> {
  const stop = new AbortController();
  let seen = 0;
  await watch({
    look: () => {
      const text = texts[seen++]!;
      if (seen === texts.length) stop.abort();
      return Promise.resolve(text);
    },
    screen,
    interval: 1,
    signal: stop.signal,
  });
  expect(seen).toBe(texts.length);
}

test('in a pipe only what is new is written, below what was there', async () => {
  const { written, ...pipe } = sink();
  const write = (text: string) => written.push(text);
  await watched(['one\n', 'one\n', 'two\n', 'two\n', 'one\n'], appended({ ...pipe, write }, '\n'));
  expect(written).toEqual(['one\n', '\ntwo\n', '\none\n']);
});

test('on a terminal what was there is drawn over, and the same is not drawn again', async () => {
  const terminal = sink(80);
  await watched(['one\nline\n', 'one\nline\n', 'two\n'], redrawn(terminal));
  expect(terminal.written).toHaveLength(2);
  // eslint-disable-next-line no-control-regex
  expect(terminal.written[1]).toMatch(/^(\u001b\[2K\u001b\[1A)+.*\u001b\[2K.*two\n$/);
});

test('to be told to stop is a good end, also in the middle of a look', async () => {
  const stop = new AbortController();
  const look = (): Promise<string> =>
    new Promise((_, reject) => {
      stop.signal.addEventListener('abort', () => reject(new Error('killed')));
      setTimeout(() => stop.abort(), 5);
    });
  await expect(
    watch({ look, screen: appended(sink()), interval: 1, signal: stop.signal }),
  ).resolves.toBeUndefined();
});

test('any other error ends it', async () => {
  const look = () => Promise.reject(new Error('no such stack'));
  const { signal } = new AbortController();
  await expect(watch({ look, screen: appended(sink()), interval: 1, signal })).rejects.toThrow(
    'no such stack',
  );
});
