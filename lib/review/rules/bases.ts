import { baseFileName, baseKey } from '../../model/file-names';
import type { AddressRole } from '../../model/manifest';
import type { Case } from '../case';
import { actionsText } from '../effect';
import type { FindingCode } from '../findings';
import type { BaseReview } from '../review';
import { textAt } from '../values';

type BaseRole = Extract<AddressRole, { role: 'base' }>;

interface Subject {
  readonly role: BaseRole;
  readonly before?: { readonly address: string; readonly role: BaseRole };
  readonly after?: { readonly address: string; readonly role: BaseRole };
}

/** Judges every base volume and the storage pools. */
export function judgeBases(given: Case): BaseReview[] {
  judgeStorage(given);
  judgeDigests(given);
  for (const { address, deposed } of given.deposed) {
    const role = given.role(address);
    if (role?.role === 'base')
      given.report('RG304', { address, expected: 'one object', found: `deposed ${deposed}` });
  }
  const used = usedBaseVolumes(given);
  return [...subjects(given).values()].map((subject) => {
    const { host, base, volume } = subject.role;
    return {
      host,
      base,
      volume,
      fate: fateOf(given, subject, used.get(`${host}:${baseKey(base, volume)}`) ?? []),
    };
  });
}

function subjects(given: Case): Map<string, Subject> {
  const found = new Map<string, Subject>();
  const add = (when: 'before' | 'after', address: string, role: AddressRole | undefined): void => {
    if (role?.role !== 'base') return;
    const key = `${role.host}:${baseKey(role.base, role.volume)}`;
    found.set(key, { ...found.get(key), role, [when]: { address, role } });
  };
  for (const [address, role] of Object.entries(given.before?.addresses ?? {})) add('before', address, role);
  for (const { address } of given.allChanges())
    if (!given.isDeclared(address)) add('before', address, given.role(address));
  for (const [address, role] of Object.entries(given.after.addresses)) add('after', address, role);
  return found;
}

/** The overlays, before or after, that stand on each base volume, by `HOST:BASE/VOLUME`. */
function usedBaseVolumes(given: Case): Map<string, string[]> {
  const used = new Map<string, Set<string>>();
  for (const manifest of [given.before, given.after]) {
    for (const [address, role] of Object.entries(manifest?.addresses ?? {})) {
      if (role.role !== 'overlay' && role.role !== 'retained') continue;
      const key = `${role.host}:${baseKey(role.base, role.volume)}`;
      used.set(key, (used.get(key) ?? new Set()).add(address));
    }
  }
  return new Map([...used].map(([key, addresses]) => [key, [...addresses]]));
}

function fateOf(given: Case, { role, before, after }: Subject, users: readonly string[]): BaseReview['fate'] {
  const address = (after ?? before)!.address;
  const change = given.change(address);
  const report = (code: FindingCode, expected: string): 'endangered' => {
    given.report(code, {
      address,
      expected,
      found: `${actionsText(change)}${users.length > 0 ? `; ${users.length} overlays stand on it` : ''}`,
    });
    return 'endangered';
  };
  const inUse = users.length > 0;
  if (!change) return given.plan.prior.has(address) || after ? 'unknown' : 'deleted';
  const effect = given.effect(address)!;
  if (effect === 'forget' || effect === 'unknown') return report('RG304', after ? 'no-op' : 'delete');
  if (!after) return fateOfDropped(given, before!.role, effect, inUse, report);
  if (before && before.address !== after.address && given.change(before.address))
    return report('RG302', `a move from ${before.address}`);
  const { previousAddress } = change;
  if (previousAddress !== undefined && !isOwnMove(given, role, previousAddress))
    return report('RG304', 'no move');
  if (effect === 'delete') return report(inUse ? 'RG302' : 'RG305', 'no-op');
  if (effect === 'update' || effect === 'replace') return report(inUse ? 'RG301' : 'RG310', 'no-op');
  if (effect === 'create') {
    // Regraft's own provider compares it with the image, byte for byte, and takes nothing else.
    const isCompared = given.after.hosts[role.host]?.provider === 'regraft';
    if (isThere(given, role))
      return isCompared ? 'adopted' : report('RG311', `no file ${fileOf(role)} in the storage pool`);
    return fateOfCreated(given, before !== undefined, address, users, report);
  }
  const [name, later] = [textAt(change.before, 'name'), textAt(change.after, 'name')];
  if (name !== later) return report('RG301', `name ${name}`);
  if (!before) return 'adopted';
  if (before.role.retired !== after.role.retired) return after.role.retired ? 'retired' : 'brought-back';
  return 'kept';
}

function fateOfDropped(
  given: Case,
  role: BaseRole,
  effect: string,
  inUse: boolean,
  report: (code: FindingCode, expected: string) => 'endangered',
): BaseReview['fate'] {
  if (effect !== 'delete') return report('RG304', 'delete');
  if (inUse) return report('RG302', 'kept while overlays stand on it');
  const retired = role.retired || given.before?.bases[`${role.host}/${role.base}`]?.retired;
  return retired ? 'deleted' : report('RG305', 'kept, since it was not retired before');
}

/** A base that was there before and is made anew endangers the overlays that are in the state already; new ones do not mind. */
function fateOfCreated(
  given: Case,
  wasThere: boolean,
  address: string,
  users: readonly string[],
  report: (code: FindingCode, expected: string) => 'endangered',
): BaseReview['fate'] {
  if (!wasThere) return 'created';
  if (users.some((user) => given.inState(user))) return report('RG303', 'no-op: the stack had it before');
  if (given.vanished(address)) report('RG310', 'no-op: the stack had it before');
  return 'created';
}

function fileOf({ base, volume }: BaseRole): string {
  return baseFileName(base, volume);
}

function isThere({ facts }: Case, role: BaseRole): boolean {
  return facts.some(
    ({ host, volumes }) => host === role.host && volumes.some(({ name }) => name === fileOf(role)),
  );
}

function isOwnMove(given: Case, { host, base, volume }: BaseRole, previous: string): boolean {
  const role = given.role(previous);
  return role?.role === 'base' && role.host === host && role.base === base && role.volume === volume;
}

function judgeStorage(given: Case): void {
  const roles = { ...given.before?.addresses, ...given.after.addresses };
  for (const [address, { role }] of Object.entries(roles)) {
    if (role !== 'storage') continue;
    const change = given.change(address);
    const effect = given.effect(address);
    if (effect === undefined || effect === 'none') continue;
    if (effect !== 'create')
      given.report('RG307', { address, expected: 'no-op', found: actionsText(change) });
    else if (given.before?.addresses[address])
      given.report('RG308', {
        address,
        expected: 'no-op: the stack had it before',
        found: actionsText(change),
      });
  }
}

function judgeDigests(given: Case): void {
  for (const [key, { volumes }] of Object.entries(given.after.bases)) {
    for (const [volume, { sha256 }] of Object.entries(volumes)) {
      const before = given.before?.bases[key]?.volumes[volume]?.sha256;
      if (before === undefined || sha256 === undefined || before === sha256) continue;
      given.report('RG306', { expected: `${key}/${volume} with SHA-256 ${before}`, found: sha256 });
    }
  }
}
