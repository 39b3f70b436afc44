/** Why a text cannot be reviewed at all; unlike a refusal, nothing is said about what it would do. */
export type ReviewErrorKind =
  | 'empty'
  | 'not-json'
  | 'not-a-plan'
  | 'no-manifest'
  | 'manifest-removed'
  | 'manifest-unknown'
  | 'manifest-invalid';

/** A text that is no reviewable plan; the message is one line for a user. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';

  constructor(
    readonly kind: ReviewErrorKind,
    message: string,
  ) {
    super(message);
  }
}
