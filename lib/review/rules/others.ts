import type { Case } from '../case';
import { actionsText } from '../effect';
import type { OtherReview } from '../review';

/** Lists what stands in the stack and is not regraft's, and judges its deletion. */
export function judgeOthers(given: Case): OtherReview[] {
  const others: OtherReview[] = [];
  for (const change of given.plan.changes) {
    if (given.role(change.address) !== undefined) continue;
    others.push({ address: change.address, effect: change.actions.join(', ') });
    if (change.actions.some((action) => action === 'delete' || action === 'forget')) {
      given.report('RG601', { address: change.address, expected: 'kept', found: actionsText(change) });
    }
  }
  return others;
}
