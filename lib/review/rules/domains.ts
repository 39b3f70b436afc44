import type { ManifestClone } from '../../model/manifest';
import type { Attachment } from '../attachments';
import { attachments, sameDisks } from '../attachments';
import type { Case } from '../case';
import { actionsText } from '../effect';
import type { FindingCode } from '../findings';
import type { ResourceChange } from '../plan-json';
import type { CloneReview, MachineFate } from '../review';
import { listAt, textAt } from '../values';
import type { VolumeIndex } from '../volumes';
import type { CloneSubject } from './overlays';

/** Judges the machine of a clone: its fate, its identity and its disks. */
export function judgeDomain(given: Case, subject: CloneSubject, index: VolumeIndex): CloneReview['machine'] {
  const { before, after } = subject;
  const address = (after ?? before)?.domain;
  if (address === undefined) return { fate: 'none' };
  const change = given.change(address);
  const running = isRunning(given, subject);
  const known = running === undefined ? {} : { running };
  if (!change) return { fate: after ? 'unchanged' : 'removed', address, ...known };
  const report = reporter(given, subject, address);
  if (after) judgeKept(given, subject, after, change, index, report);
  else if (given.effect(address) !== 'delete') report('RG402', 'delete', actionsText(change));
  return { fate: fateOf(given, address), address, ...known };
}

type Report = (code: FindingCode, expected: string, found: string) => void;

function judgeKept(
  given: Case,
  subject: CloneSubject,
  after: ManifestClone,
  change: ResourceChange,
  index: VolumeIndex,
  report: Report,
): void {
  const effect = given.effect(change.address)!;
  if (effect === 'delete' || effect === 'forget' || change.actions.includes('forget')) {
    return report('RG508', 'the machine of a clone in the pool', actionsText(change));
  }
  if (change.previousAddress !== undefined)
    report('RG506', 'no move', `moved from ${change.previousAddress}`);
  if (effect === 'create' && given.vanished(change.address))
    report('RG510', 'no-op: the stack had it before', 'create');
  judgeIdentity(given, subject, after, change, report);
  judgeDisks(given, subject, after, change, index, report);
}

function judgeIdentity(
  { after: { hosts, pools } }: Case,
  subject: CloneSubject,
  after: ManifestClone,
  change: ResourceChange,
  report: Report,
): void {
  const { clone, before } = subject;
  const provider = hosts[pools[subject.pool]!.host]?.provider;
  const old = provider === '0.8';
  const was = before ?? after;
  if (was.uuid !== after.uuid) report('RG506', `UUID ${was.uuid}`, `UUID ${after.uuid}`);
  const names = [change.before, change.after].map((values) => textAt(values, 'name'));
  for (const name of names)
    if (name !== undefined && name !== clone) report('RG506', `name ${clone}`, `name ${name}`);
  if (change.before && old) judgePinnedUuid(after, change, report);
  if (old && !change.before && pinnedUuid(change.after) !== after.uuid) {
    report('RG506', `UUID ${after.uuid}`, `UUID ${pinnedUuid(change.after) ?? 'of libvirt’s choice'}`);
  }
  if (provider === '0.9' && change.before && change.actions.includes('create'))
    report('RG506', 'an update: this provider keeps no UUID', actionsText(change));
  const [uuidBefore, uuidAfter] = [textAt(change.before, 'uuid'), textAt(change.after, 'uuid')];
  if (uuidBefore !== undefined && uuidAfter !== undefined && uuidBefore !== uuidAfter)
    report('RG506', `UUID ${uuidBefore}`, `UUID ${uuidAfter}`);
  // A machine that is there keeps the one that it has, as one that provider 0.9 has made (regraft migrate).
  const isNew = provider === 'regraft' && uuidBefore === undefined;
  if (isNew && uuidAfter !== undefined && uuidAfter.toLowerCase() !== after.uuid)
    report('RG506', `UUID ${after.uuid}`, `UUID ${uuidAfter}`);
  judgeMacs(before?.macs ?? [], after.macs, report);
  judgeMacs(macsOf(change.before), macsOf(change.after), report);
  judgeMacs(after.macs, macsOf(change.after), report);
}

function judgePinnedUuid({ uuid }: ManifestClone, { before, after }: ResourceChange, report: Report): void {
  const now = textAt(before, 'id');
  if (now !== undefined && now.toLowerCase() !== uuid)
    report('RG506', `UUID ${uuid}`, `UUID ${now} on the host`);
  if (pinnedUuid(after) !== uuid)
    report('RG506', `UUID ${uuid}`, `UUID ${pinnedUuid(after) ?? 'of libvirt’s choice'}`);
}

/** Provider 0.8 has no attribute for the UUID; regraft's stylesheet sets it. */
function pinnedUuid(values: unknown): string | undefined {
  return /<uuid>([\da-f-]+)<\/uuid>/.exec(textAt(values, 'xml', 0, 'xslt') ?? '')?.[1];
}

/** Addresses may be added or dropped at the end, together with a network; none may change. */
function judgeMacs(before: readonly string[], after: readonly string[], report: Report): void {
  before.forEach((mac, position) => {
    const now = after[position];
    if (now !== undefined && now.toLowerCase() !== mac.toLowerCase())
      report('RG506', `MAC ${mac}`, `MAC ${now}`);
  });
}

function macsOf(values: unknown): string[] {
  const older = listAt(values, 'network_interface').map((one) => textAt(one, 'mac'));
  const newer = listAt(values, 'devices', 'interfaces').map((one) => textAt(one, 'mac', 'address'));
  return [...older, ...newer].map((mac) => mac ?? 'of libvirt’s choice');
}

function judgeDisks(
  given: Case,
  subject: CloneSubject,
  after: ManifestClone,
  change: ResourceChange,
  index: VolumeIndex,
  report: Report,
): void {
  const disks = attachments(change, 'after', index);
  for (const { volume } of disks) if (volume.gone) report('RG509', 'a volume that stays', volume.text);
  const older = given.after.hosts[given.after.pools[subject.pool]!.host]?.provider === '0.8';
  if (older && given.effect(change.address) === 'update' && !sameDisks(change, index)) {
    report('RG507', 'the machine replaced', actionsText(change));
  }
  for (const [name, { type, target, address }] of Object.entries(after.volumes)) {
    const disk = disks.find(({ volume }) => volume.address === address);
    if (!disk)
      report(
        type === 'data' ? 'RG501' : 'RG505',
        `${name} as ${target}: ${address}`,
        `${target} is ${describe(disks, target)}`,
      );
    else if (disk.target !== target)
      report('RG502', `${name} as ${target}`, `as ${disk.target ?? 'a device that the plan does not say'}`);
    const was = subject.before?.volumes[name];
    if (was && type === 'data' && was.target !== target)
      report('RG502', `${name} as ${was.target}, as before`, `as ${target}`);
  }
  const wanted = new Set(Object.values(after.volumes).map(({ address }) => address));
  for (const disk of disks) {
    const { address, text } = disk.volume;
    if (address !== undefined && wanted.has(address)) continue;
    const role = address === undefined ? undefined : given.role(address);
    const foreign = role && 'clone' in role && (role.clone !== subject.clone || role.pool !== subject.pool);
    if (role?.role === 'base') report('RG511', 'an overlay', `${disk.target ?? 'a disk'} is ${text}`);
    else report(foreign ? 'RG503' : 'RG505', `no disk ${disk.target ?? ''}`.trim(), text);
  }
  if (disks.length > new Set(disks.map(({ volume, target }) => volume.address ?? target)).size)
    report('RG505', 'each volume once', 'one of them twice');
}

function describe(disks: readonly Attachment[], target: string): string {
  return disks.find((disk) => disk.target === target)?.volume.text ?? 'not there';
}

/** Judges that no writable volume is on two machines, whoever made them. */
export function judgeSharedVolumes(given: Case, index: VolumeIndex): void {
  const users = new Map<string, string[]>();
  for (const change of given.allChanges()) {
    if (change.type !== 'libvirt_domain' || change.after === null || change.after === undefined) continue;
    for (const { volume } of attachments(change, 'after', index)) {
      const key = volume.address ?? volume.text;
      users.set(key, [...(users.get(key) ?? []), change.address]);
    }
  }
  for (const [volume, machines] of users) {
    const distinct = [...new Set(machines)];
    if (distinct.length > 1)
      given.report('RG504', { address: volume, expected: 'one machine', found: distinct.join(' and ') });
  }
}

function fateOf(given: Case, address: string): MachineFate {
  switch (given.effect(address)) {
    case 'create':
      return 'created';
    case 'replace':
      return 'recreated';
    case 'update':
      return 'redefined';
    case 'delete':
    case 'forget':
      return 'removed';
    default:
      return 'unchanged';
  }
}

function isRunning(given: Case, { pool, clone }: CloneSubject): boolean | undefined {
  const host = (given.after.pools[pool] ?? given.before?.pools[pool])?.host;
  const facts = given.facts.find((one) => one.host === host);
  return facts && (facts.domains.find(({ name }) => name === clone)?.running ?? false);
}

function reporter(given: Case, { pool, clone }: CloneSubject, address: string): Report {
  return (code, expected, found) => given.report(code, { address, pool, clone, expected, found });
}
