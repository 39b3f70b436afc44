import type { Command } from 'commander';
import { roundedSize } from '../../model/size';
import { fetchImage } from '../../operations/fetch-image';
import type { Given } from '../program';

interface Options {
  readonly sha256?: string;
  readonly sha256sums?: string;
  readonly output?: string;
}

/** Milliseconds between two words on how far it is: a live line on a terminal, and lines that stay in a pipe. */
const INTERVALS = { terminal: 500, pipe: 10_000 };

/** Adds `regraft fetch-image`. */
export function fetchImageCommand(root: Command, given: Given): void {
  root
    .command('fetch-image')
    .description(
      'Fetch an image for a base, go on where a fetch broke off, and check it against its SHA-256.',
    )
    .argument('<url>', 'an http or https URL')
    .option('--sha256 <digest>', 'what it has to be')
    .option('--sha256sums <url>', 'a sums file that has its digest, such as SHA256SUMS beside it')
    .option('--output <file>', 'where it is put (default: images/NAME)')
    .action(async (url: string, options: Options) => {
      const { terminal, context, say } = given;
      const interval = terminal.stderr.isTTY ? INTERVALS.terminal : INTERVALS.pipe;
      context.progress('fetch');
      const image = await fetchImage(
        { ...options, url, onBytes: toldFrom(interval, (step) => context.progress(step)) },
        context,
      );
      if (image.wasThere) say(`regraft: ${image.path} is there already, and is what it has to be`);
      if (image.advice !== undefined) say(`regraft: note: ${image.advice}`);
      terminal.stdout.write(`${image.path}\n${image.line}\n`);
    });
}

function toldFrom(interval: number, tell: (step: string) => void): (read: number, of?: number) => void {
  const started = Date.now();
  let last = started;
  let first: number | undefined;
  return (read, of) => {
    first ??= read;
    const now = Date.now();
    if (now - last < interval) return;
    last = now;
    const speed = ((read - first) * 1000) / Math.max(1, now - started);
    tell(
      `fetch ${roundedSize(read)}${of === undefined ? '' : ` of ${roundedSize(of)}`}, ${roundedSize(speed)}/s`,
    );
  };
}
