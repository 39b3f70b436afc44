import { roundedSize } from '../model/size';

/** Milliseconds between two words on work that takes long. */
const INTERVAL = 5000;

/** Tells from time to time how far a long reading has come. */
export function bytesRead(what: string, tell: (step: string) => void): (read: number, of?: number) => void {
  let last = Date.now();
  return (read, of) => {
    if (Date.now() - last < INTERVAL) return;
    last = Date.now();
    tell(`${what}: ${roundedSize(read)}${of === undefined ? '' : ` of ${roundedSize(of)}`}`);
  };
}
