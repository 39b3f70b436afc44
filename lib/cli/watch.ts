import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import type { Sink } from './terminal';

/** Where what is watched is shown. */
export interface Screen {
  /** Shows what was seen; the same text again is nothing new. */
  show(text: string): void;
}

/** How something is watched. */
export interface WatchOptions {
  /** Looks once; returns what is to be shown. */
  readonly look: () => Promise<string>;
  readonly screen: Screen;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly signal: AbortSignal;
}

/** Looks again and again until it is told to stop, which is its only good end. */
export async function watch({ look, screen, interval, signal }: WatchOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      screen.show(await look());
      await sleep(interval, undefined, { signal });
    } catch (error) {
      // What is interrupted while it looks, or while it waits, says so by an error of its own.
      if (!signal.aborted) throw error;
    }
  }
}

/** A terminal: what was shown before is drawn over. */
export function redrawn(sink: Sink): Screen {
  // The cursor stays: to hide it is to have to bring it back, however the program ends.
  const update = createLogUpdate(sink as unknown as NodeJS.WritableStream, { showCursor: true });
  return { show: (text) => update(text.trimEnd()) };
}

/** A pipe or file: what is new is written below what was there. */
export function appended(sink: Sink, separator = ''): Screen {
  let last: string | undefined;
  return {
    show: (text) => {
      if (text === last) return;
      sink.write(last === undefined ? text : `${separator}${text}`);
      last = text;
    },
  };
}
