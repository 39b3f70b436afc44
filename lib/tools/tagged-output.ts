/** Output of a program that is complete when a mark has come, in whatever pieces the pipe hands over. */
export class TaggedOutput {
  /** Whether the mark has come. */
  complete = false;

  private readonly pieces: Buffer[] = [];
  private tail = '';

  /** @param end the mark, in ASCII */
  constructor(private readonly end: string) {}

  /** Takes the next piece. */
  add(bytes: Buffer): void {
    this.pieces.push(bytes);
    const text = this.tail + bytes.toString('latin1');
    this.complete ||= text.includes(this.end);
    this.tail = text.slice(-this.end.length);
  }

  /** All of it, as UTF-8. */
  get text(): string {
    return Buffer.concat(this.pieces).toString('utf8');
  }
}
