import type { AttributePath, Diagnostic } from '../protocol/provider';

/** What is found while a configuration is looked at. */
export class Diagnostics {
  readonly all: Diagnostic[] = [];

  error(attribute: AttributePath, summary: string, detail?: string): void {
    this.add('error', attribute, summary, detail);
  }

  warn(attribute: AttributePath, summary: string, detail?: string): void {
    this.add('warning', attribute, summary, detail);
  }

  /** Whether there is an error among them. */
  get failed(): boolean {
    return this.all.some(({ severity }) => severity === 'error');
  }

  private add(
    severity: Diagnostic['severity'],
    attribute: AttributePath,
    summary: string,
    detail?: string,
  ): void {
    const where = attribute.length === 0 ? {} : { attribute };
    this.all.push({ severity, summary, ...where, ...(detail === undefined ? {} : { detail }) });
  }
}

/** The path of an attribute of a volume. */
export function volumePath(volume: string, attribute?: string): AttributePath {
  return ['volumes', { key: volume }, ...(attribute === undefined ? [] : [attribute])];
}
