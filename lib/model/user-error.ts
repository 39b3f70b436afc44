/** A mistake that a user can mend: what was got, what was expected and what to do next, in one line; no stack trace is shown of it. */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(
    message: string,
    /** What a tool said, to be shown under the message; whoever prints it masks passwords. */
    readonly detail = '',
  ) {
    super(message);
  }
}
