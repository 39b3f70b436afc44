import type { Review } from '../review';

/** Renders a review as JSON; `review.schema.json` describes it. */
export function jsonReport(review: Review): string {
  return `${JSON.stringify(review, null, 2)}\n`;
}
