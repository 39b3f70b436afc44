import { maskedUri } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { AttributePath, Diagnostic } from './protocol/provider';

/** An error at an attribute, or at none. */
export function errorAt(summary: string, attribute?: AttributePath): Diagnostic {
  return { severity: 'error', summary, ...(attribute === undefined ? {} : { attribute }) };
}

/** A warning at an attribute, or at none. */
export function warningAt(summary: string, attribute?: AttributePath): Diagnostic {
  return { severity: 'warning', summary, ...(attribute === undefined ? {} : { attribute }) };
}

/** Whether there is an error among them. */
export function isErroneous(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** The path of a volume of a base or a clone, or of one of its attributes. */
export function volumePath(volume: string, attribute?: string): AttributePath {
  return ['volumes', { key: volume }, ...(attribute === undefined ? [] : [attribute])];
}

/**
 * What went wrong in words, passwords masked.
 *
 * @throws what is no mistake that a user can mend
 */
export function problemAt(error: unknown, attribute?: AttributePath, about = ''): Diagnostic {
  if (!(error instanceof UserError)) throw error;
  const { message, detail } = error;
  return {
    ...errorAt(`${about}${maskedUri(message)}`, attribute),
    ...(detail === '' ? {} : { detail: maskedUri(detail) }),
  };
}
