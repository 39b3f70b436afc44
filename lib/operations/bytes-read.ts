import { formatSize } from '../model/size';

/** Milliseconds between two words on work that takes long. */
const INTERVAL = 5000;

/** Tells from time to time how far a long reading has come, in whole MiB. */
export function bytesRead(what: string, tell: (step: string) => void): (read: number, of?: number) => void {
  let last = Date.now();
  return (read, of) => {
    if (Date.now() - last < INTERVAL) return;
    last = Date.now();
    tell(`${what}: ${inMebibytes(read)}${of === undefined ? '' : ` of ${inMebibytes(of)}`}`);
  };
}

function inMebibytes(bytes: number): string {
  return formatSize(Math.ceil(bytes / 2 ** 20) * 2 ** 20);
}
