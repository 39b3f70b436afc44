/** How one command is run. */
export interface CommandOptions {
  /** Milliseconds after which it is ended. @default 60000 */
  readonly timeout?: number;
}

/** One libvirt connection: commands of `virsh`, with arguments that no shell sees. */
export interface Connection {
  readonly uri: string;
  /** Whether commands share processes that stay, so that one command costs no process. */
  readonly persistent: boolean;
  /**
   * Runs one command and returns what it printed.
   *
   * @throws UserError with libvirt's own words when it fails
   */
  command(words: readonly string[], options?: CommandOptions): Promise<string>;
  /**
   * Runs commands one after the other; the answer of one that fails is empty.
   *
   * @throws UserError when libvirt is not reachable, or goes away meanwhile
   */
  batch(commands: readonly (readonly string[])[]): Promise<string[]>;
  /**
   * Runs commands one after the other and returns what each printed.
   *
   * @throws UserError with libvirt's own words when one fails
   */
  must(...commands: (readonly string[])[]): Promise<string[]>;
  /**
   * Gives the terminal to one command until it ends, and returns its exit code.
   *
   * @throws UserError when there is no virsh
   */
  interactive(words: readonly string[]): Promise<number>;
}
