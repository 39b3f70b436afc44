import type { AddressRole, ManifestClone } from '../../model/manifest';
import { compareNames } from '../../model/outline';
import type { Case } from '../case';
import { actionsText } from '../effect';
import type { FindingCode } from '../findings';
import type { Fate, RetainedReview, VolumeReview, VolumeState } from '../review';
import { shownAt, textAt } from '../values';

/** A clone before and after, as the manifests have it. */
export interface CloneSubject {
  readonly pool: string;
  readonly clone: string;
  readonly before?: ManifestClone;
  readonly after?: ManifestClone;
}

/** Judges the system and temporary volumes of a clone. */
export function judgeOverlays(given: Case, subject: CloneSubject): VolumeReview[] {
  const { before, after } = subject;
  const names = new Set([before, after].flatMap((clone) => Object.keys(clone?.volumes ?? {})));
  return [...names]
    .filter((name) => typeOf(subject, name) !== 'data')
    .sort((a, b) => compareNames(typeOf(subject, a), typeOf(subject, b)) || compareNames(a, b))
    .map((volume) => judgeOverlay(given, subject, volume));
}

/** Judges the overlays that no clone of either manifest has: a run that broke off has left them. */
export function judgeStrayOverlays(given: Case): void {
  for (const { address, deposed } of given.deposed) {
    const role = given.role(address)?.role;
    if (role === 'overlay' || role === 'retained') {
      given.report('RG410', { address, expected: 'one object', found: `deposed ${deposed} is deleted` });
    }
  }
  for (const change of given.allChanges()) {
    const { address } = change;
    const role = given.role(address);
    if (given.isDeclared(address) || role?.role !== 'overlay') continue;
    const effect = given.effect(address);
    if (effect === 'delete')
      given.report('RG410', { ...place(role), address, expected: 'delete', found: actionsText(change) });
    else if (effect !== 'none')
      given.report('RG402', { ...place(role), address, expected: 'delete', found: actionsText(change) });
  }
}

function judgeOverlay(given: Case, subject: CloneSubject, volume: string): VolumeReview {
  const { before, after } = subject;
  const type = typeOf(subject, volume) as 'system' | 'temporary';
  const [from, to] = [before?.volumes[volume]?.address, after?.volumes[volume]?.address];
  const fate =
    to === undefined ? fateOfDropped(given, subject, from!) : fateOfCurrent(given, subject, type, from, to);
  const retained = judgeRetained(given, subject, volume, from === to ? undefined : from);
  if (from !== undefined && to !== undefined && from !== to && roleAfter(given, from) === undefined) {
    const old = fateOfDropped(given, subject, from);
    if (old === 'endangered' || old === 'unknown') {
      return {
        volume,
        type,
        fate: old,
        ...states(given, from, to, before, after),
        ...(retained ? { retained } : {}),
      };
    }
  }
  return { volume, type, fate, ...states(given, from, to, before, after), ...(retained ? { retained } : {}) };
}

/** The fate of the overlay that the clone's machine has after the plan. */
function fateOfCurrent(
  given: Case,
  subject: CloneSubject,
  type: 'system' | 'temporary',
  from: string | undefined,
  to: string,
): Fate {
  const change = given.change(to);
  const refuse = refusal(given, subject, to);
  if (!change) return 'unknown';
  if (change.previousAddress !== undefined)
    return refuse('RG402', 'no move', `moved from ${change.previousAddress}`);
  const fresh: Fate = type === 'system' ? 'replaced' : 'reset';
  const roleBefore = given.before?.addresses[to]?.role;
  const effect = given.effect(to)!;
  if (effect === 'create') {
    const expectedAnew = roleBefore === undefined;
    if (!expectedAnew && roleBefore === 'retained')
      return refuse('RG403', 'no-op: the machine goes back to it', actionsText(change));
    if (expectedAnew) return from === undefined ? 'created' : fresh;
    reportMissing(given, subject, to);
    return fresh;
  }
  if (effect === 'replace' && roleBefore !== 'retained' && !change.actions.includes('forget')) {
    if (from === to) reportRestore(given, subject, to, actionsText(change));
    else
      given.report('RG410', {
        ...place(subject),
        address: to,
        expected: 'create',
        found: actionsText(change),
      });
    return fresh;
  }
  if (effect !== 'none')
    return refuse(
      roleBefore === 'retained' ? 'RG403' : 'RG402',
      from === to ? 'no-op' : 'create',
      actionsText(change),
    );
  if (from === to) return 'kept';
  if (roleBefore === 'retained') return 'reverted';
  given.report('RG410', {
    ...place(subject),
    address: to,
    expected: 'create',
    found: 'in the state already',
  });
  return from === undefined ? 'adopted' : fresh;
}

/** An overlay that the stack named before and that is not there: lost, or never made by a run that broke off. */
function reportMissing(given: Case, subject: CloneSubject, address: string): void {
  const code = given.vanished(address) ? 'RG409' : 'RG410';
  given.report(code, {
    ...place(subject),
    address,
    expected: 'no-op: the stack had it before',
    found: 'create',
  });
}

function reportRestore(given: Case, subject: CloneSubject, address: string, found: string): void {
  const asked = given.restored?.has(`${subject.pool}/${subject.clone}`);
  const severity = asked === undefined ? undefined : asked ? 'info' : 'refuse';
  given.report('RG405', {
    ...place(subject),
    address,
    expected:
      asked === false
        ? 'no-op: no restore of this clone was asked for'
        : asked
          ? 'a restore'
          : 'no-op, or a restore',
    found,
    ...(severity ? { severity } : {}),
  });
}

/** The fate of an overlay that nothing in the code has any more. */
function fateOfDropped(given: Case, subject: CloneSubject, address: string): Fate {
  const change = given.change(address);
  if (!change) return given.plan.prior.has(address) ? 'unknown' : 'discarded';
  if (given.effect(address) === 'delete') return 'discarded';
  return refusal(given, subject, address)('RG402', 'delete', actionsText(change));
}

/** What becomes of the overlay that is, was, or becomes the way back. */
function judgeRetained(
  given: Case,
  subject: CloneSubject,
  volume: string,
  from: string | undefined,
): RetainedReview | undefined {
  const address =
    retainedAddress(given, subject, volume, 'after') ?? retainedAddress(given, subject, volume, 'before');
  if (address === undefined || address === subject.after?.volumes[volume]?.address) return undefined;
  const role = given.role(address);
  const base = role && 'base' in role ? role.base : undefined;
  const state: VolumeState = {
    ...stateOf(given, address, 'before'),
    ...(base === undefined ? {} : { base }),
  };
  const refuse = refusal(given, subject, address);
  const change = given.change(address);
  if (roleAfter(given, address) === undefined) {
    const fate = fateOfDropped(given, subject, address);
    return { ...state, fate: fate === 'discarded' || fate === 'unknown' ? fate : 'endangered' };
  }
  if (!change) return { ...state, fate: 'unknown' };
  const effect = given.effect(address)!;
  if (change.previousAddress !== undefined) {
    refuse('RG402', 'no move', `moved from ${change.previousAddress}`);
    return { ...state, fate: 'endangered' };
  }
  if (effect === 'none') return { ...state, fate: 'retained' };
  const wasThere = from === address || given.before?.addresses[address] !== undefined;
  if (effect !== 'create' || (wasThere && given.inState(address))) {
    refuse('RG403', 'no-op', actionsText(change));
    return { ...state, fate: 'endangered' };
  }
  // The clone is as new as its way back, or the file went: nothing of worth is in it, and nothing is lost by making it.
  if (wasThere) reportMissing(given, subject, address);
  return { ...state, fate: 'retained' };
}

function retainedAddress(
  given: Case,
  { pool, clone }: CloneSubject,
  volume: string,
  when: 'before' | 'after',
): string | undefined {
  return given.retained(when).get(`${pool}/${clone}/${volume}`);
}

function roleAfter(given: Case, address: string): AddressRole | undefined {
  return given.after.addresses[address];
}

function states(
  given: Case,
  from: string | undefined,
  to: string | undefined,
  before: ManifestClone | undefined,
  after: ManifestClone | undefined,
): Pick<VolumeReview, 'before' | 'after'> {
  return {
    ...(from === undefined ? {} : { before: { ...stateOf(given, from, 'before'), base: before!.base } }),
    ...(to === undefined ? {} : { after: { ...stateOf(given, to, 'after'), base: after!.base } }),
  };
}

function stateOf(given: Case, address: string, when: 'before' | 'after'): VolumeState {
  const change = given.change(address);
  const file =
    change && textAt(change[when], 'name') !== undefined ? shownAt(change, when, 'name') : undefined;
  return { address, ...(file === undefined ? {} : { file }) };
}

function typeOf({ before, after }: CloneSubject, volume: string): string {
  return (after?.volumes[volume] ?? before?.volumes[volume])!.type;
}

function refusal(
  given: Case,
  subject: CloneSubject,
  address: string,
): (code: FindingCode, expected: string, found: string) => 'endangered' {
  return (code, expected, found) => {
    given.report(code, { ...place(subject), address, expected, found });
    return 'endangered';
  };
}

function place({ pool, clone }: { pool: string; clone: string }): { pool: string; clone: string } {
  return { pool, clone };
}
