import { UserError } from '../../model/user-error';
import { maskedText } from '../../review/masking';
import type { AttributePath, Diagnostic } from './provider';

/** `Diagnostic.Severity`. */
const SEVERITY = { error: 1, warning: 2 };

/** Diagnostics as the protocol's messages, passwords in URIs masked. */
export function diagnosticMessages(diagnostics: readonly Diagnostic[] = []): object[] {
  return diagnostics.map(({ severity, summary, detail = '', attribute }) => ({
    severity: SEVERITY[severity],
    summary: maskedText(summary),
    detail: maskedText(detail),
    ...(attribute ? { attribute: pathMessage(attribute) } : {}),
  }));
}

/** A path as the protocol's message `AttributePath`. */
export function pathMessage(path: AttributePath): object {
  return {
    steps: path.map((step) => {
      if (typeof step === 'string') return { attribute_name: step };
      return 'key' in step ? { element_key_string: step.key } : { element_key_int: step.index };
    }),
  };
}

/** What is told of an exception: a user's mistake in its own words, anything else as a bug. */
export function diagnosticOf(error: unknown): Diagnostic {
  if (error instanceof UserError) {
    return { severity: 'error', summary: error.message, detail: error.detail };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    severity: 'error',
    summary: `internal error of the provider regraft: ${message.split('\n')[0]}`,
    detail:
      'This is a bug: please report it with the output of the same command with TF_LOG=debug, which holds the stack trace.',
  };
}
