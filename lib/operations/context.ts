import type { Surroundings } from '../tools/process';

/** What every operation is told: where it works, and how it says what it does. */
export interface Context extends Surroundings {
  /** The folder of the user's cdktf project. */
  readonly folder: string;
  /** Told of each step; `stack` is left out for what concerns all. */
  readonly progress: (step: string, stack?: string) => void;
  /** Told what the user should know beside the result, in one line. */
  readonly notice: (text: string, stack?: string) => void;
}
