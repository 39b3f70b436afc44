import { errorAt, isErroneous, warningAt } from '../diagnostics';
import type { AttributePath, Diagnostic } from '../protocol/provider';

/** What is found while a configuration is looked at. */
export class Diagnostics {
  readonly all: Diagnostic[] = [];

  error(attribute: AttributePath, summary: string, detail?: string): void {
    const found = errorAt(summary, placeOf(attribute));
    this.all.push(detail === undefined ? found : { ...found, detail });
  }

  warn(attribute: AttributePath, summary: string): void {
    this.all.push(warningAt(summary, placeOf(attribute)));
  }

  /** Whether there is an error among them. */
  get failed(): boolean {
    return isErroneous(this.all);
  }
}

function placeOf(attribute: AttributePath): AttributePath | undefined {
  return attribute.length === 0 ? undefined : attribute;
}
