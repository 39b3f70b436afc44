import { MANIFEST_OUTPUT } from '../../model/manifest';
import type { Case } from '../case';
import { effectOf } from '../effect';
import { FORMAT_MAJOR, type Plan } from '../plan-json';
import type { Finding } from '../findings';
import { finding } from '../findings';

/** What a plan of an unknown format comes to: nothing of it was read. */
export function unknownFormat({ formatVersion }: Plan): Finding {
  return finding('RG101', {
    expected: `format_version ${FORMAT_MAJOR}.x`,
    found: `format_version ${formatVersion}`,
  });
}

/** Judges the plan as such: whether it is whole, free of errors, and understood. */
export function judgePlan(given: Case): void {
  const { plan } = given;
  if (plan.errored) given.report('RG102', { expected: 'a plan without errors', found: 'errored: true' });
  if (plan.complete === false && !plan.errored)
    given.report('RG103', { expected: 'complete: true', found: 'complete: false' });
  if (plan.deferred > 0)
    given.report('RG103', { expected: 'no deferred changes', found: `${plan.deferred} deferred` });
  for (const check of plan.failedChecks)
    given.report('RG107', { address: check, expected: 'the check holds', found: 'it fails' });
  for (const { address, actions } of plan.changes) {
    if (effectOf(actions) === 'unknown') {
      given.report('RG106', { address, expected: 'known actions', found: JSON.stringify(actions) });
    }
  }
  // Where Terraform gave up, much is missing, and that is said already.
  if (plan.errored) return;
  if (!given.judgeable)
    given.report('RG104', { expected: `the output ${MANIFEST_OUTPUT}`, found: 'not in the plan' });
  for (const address of leftOut(given)) {
    given.report('RG104', { address, expected: 'a change, or no-op', found: 'not in the plan' });
  }
}

/** What is in the code or in the state, but not in the plan: Terraform before 1.8 and OpenTofu do not say that a plan is targeted. */
function leftOut(given: Case): string[] {
  const declared = Object.keys(given.after.addresses);
  const known = [...given.plan.prior.keys()].filter(
    (address) => given.role(address) !== undefined && given.movedTo(address) === undefined,
  );
  return [...new Set([...declared, ...known])]
    .filter((address) => given.change(address) === undefined)
    .sort();
}

/** Judges what the hosts' connections come to. */
export function judgeHosts(given: Case): void {
  for (const [host, after] of Object.entries(given.after.hosts)) {
    const before = given.before?.hosts[host];
    if (!before) continue;
    if (before.uri !== after.uri) {
      given.report('RG108', {
        expected: `host ${host} at ${before.uri ?? 'a URI known to Terraform'}`,
        found: after.uri ?? 'a URI known to Terraform',
      });
    }
    if (before.storage !== after.storage || before.path !== after.path) {
      given.report('RG307', {
        expected: `storage pool ${before.storage} at ${before.path}`,
        found: `${after.storage} at ${after.path}`,
      });
    }
  }
}
