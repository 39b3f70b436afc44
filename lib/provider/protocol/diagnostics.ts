import { UserError } from '../../model/user-error';
import { maskedText } from '../../review/masking';
import type { AttributePath, Diagnostic } from './provider';
import type { Schema } from './schema';

/** `Diagnostic.Severity`. */
const SEVERITY = { error: 1, warning: 2 };

/**
 * Diagnostics as the protocol's messages, passwords in URIs masked. Terraform 1.11 shows the code of an attribute, but for
 * a place within its value only the head of the whole block, so such a place is told in words.
 *
 * @param schema of what the attributes belong to
 */
export function diagnosticMessages(diagnostics: readonly Diagnostic[] = [], schema?: Schema): object[] {
  return diagnostics.map(({ severity, summary, detail = '', attribute }) => {
    const shown = attribute && shownPart(attribute, schema);
    const within = attribute && shown!.length < attribute.length ? `At ${pathText(attribute)}.` : '';
    return {
      severity: SEVERITY[severity],
      summary: maskedText(summary),
      detail: maskedText([within, detail].filter(Boolean).join('\n\n')),
      ...(shown ? { attribute: pathMessage(shown) } : {}),
    };
  });
}

function shownPart(path: AttributePath, schema: Schema | undefined): AttributePath {
  const [first] = path;
  const inBlock = typeof first === 'string' && Object.hasOwn(schema?.blocks ?? {}, first);
  return path.slice(0, inBlock ? 2 : 1);
}

/** A path as Terraform writes it, such as `volumes["root"].size`. */
function pathText(path: AttributePath): string {
  const steps = path.map((step) => {
    if (typeof step === 'string') return `.${step}`;
    return 'key' in step ? `[${JSON.stringify(step.key)}]` : `[${step.index}]`;
  });
  return steps.join('').replace(/^\./, '');
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
