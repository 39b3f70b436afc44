import { preparingFileName } from '../../model/prepared-base';
import { formatSize } from '../../model/size';
import { attachments } from '../attachments';
import type { Case } from '../case';
import type { DomainFact, HostFacts } from '../facts';
import type { CloneReview, MachineFate, PoolReview } from '../review';
import { sizeOf, textAt } from '../values';
import type { VolumeIndex } from '../volumes';
import { judgeDependents } from './dependents';

/** Judges what only libvirt knows: what really stands on what, what runs, and how much room there is. */
export function judgeFacts(given: Case, index: VolumeIndex, pools: readonly PoolReview[]): void {
  for (const facts of given.facts) {
    judgeDependents(given, facts);
    judgeSpace(given, facts, pools);
    judgeLeftovers(given, facts);
    judgePreparations(given, facts);
    for (const pool of pools.filter(({ host }) => host === facts.host))
      judgeMachines(given, facts, pool, index);
  }
}

function judgeSpace(
  given: Case,
  { host, volumes, available }: HostFacts,
  pools: readonly PoolReview[],
): void {
  let growth = grownBy(pools.filter((pool) => pool.host === host));
  let retained = 0;
  for (const { address, after, before } of given.allChanges()) {
    const role = given.role(address);
    if (!role || !('host' in role) || role.host !== host) continue;
    const effect = given.effect(address);
    if (effect === 'create' || effect === 'replace')
      growth += sizeOf(after) ?? backingCapacity(volumes, after) ?? 0;
    if (role.role === 'retained' && effect === 'none')
      retained += volumes.find(({ name }) => name === textAt(before, 'name'))?.allocation ?? 0;
  }
  if (growth <= available) return;
  given.report('RG701', {
    expected: `${rounded(growth)} free on host ${host}, which is what the new volumes can grow to`,
    found: `${rounded(available)}${retained > 0 ? `; retained overlays hold ${rounded(retained)}` : ''}`,
  });
}

/** By how much data volumes that are there get larger, in bytes. */
function grownBy(pools: readonly PoolReview[]): number {
  const sizes = pools.flatMap(({ clones }) =>
    clones.flatMap(({ volumes }) => volumes.flatMap(({ size }) => size ?? [])),
  );
  return sizes.reduce((sum, { before, after }) => sum + after - before, 0);
}

/** A size as a reader wants it: three digits are enough for what is a forecast anyway. */
function rounded(bytes: number): string {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10) * 10);
  return bytes >= 2 ** 10 ? `${(bytes / step).toFixed(1)}${formatSize(step).slice(1)}` : `${bytes}B`;
}

function backingCapacity(volumes: HostFacts['volumes'], after: unknown): number | undefined {
  const path = textAt(after, 'base_volume_id') ?? textAt(after, 'backing_store', 'path');
  return volumes.find((volume) => volume.path === path)?.capacity;
}

/** Files with an overlay's name that neither the state nor a machine knows. */
function judgeLeftovers(given: Case, { volumes, domains }: HostFacts): void {
  const known = new Set([...given.plan.prior.values()].map((values) => textAt(values, 'name')));
  for (const { before } of given.plan.changes) known.add(textAt(before, 'name'));
  const used = new Set(
    domains.flatMap(({ disks }) => disks.flatMap(({ path, backingChain }) => [path, ...backingChain])),
  );
  for (const { name, path, allocation } of volumes) {
    if (!/^[^.]+\.[^.]+\.[^.]+\.\d{14}\.(qcow2|iso)$/.test(name) || known.has(name) || used.has(path))
      continue;
    given.report('RG702', { expected: 'in the state', found: `${path}, ${rounded(allocation)}` });
  }
}

/** Bases of which the host says that they are not whole. */
function judgePreparations(given: Case, { host, volumes }: HostFacts): void {
  for (const key of Object.keys(given.after.bases)) {
    const base = key.slice(host.length + 1);
    if (key !== `${host}/${base}`) continue;
    const note = volumes.find(({ name }) => name === preparingFileName(base));
    if (note) given.report('RG730', { expected: `base ${base} is whole`, found: note.path });
  }
}

function judgeMachines(given: Case, facts: HostFacts, pool: PoolReview, index: VolumeIndex): void {
  for (const { clone, machine, volumes } of pool.clones) {
    const domain = facts.domains.find(({ name }) => name === clone);
    if (!domain || machine.address === undefined) continue;
    const place = { pool: pool.pool, clone, address: machine.address };
    if (domain.running && STOPPED.has(machine.fate))
      judgeRunning(given, facts.host, { machine, volumes }, place);
    judgeDrift(given, facts, domain, place, index);
  }
}

const STOPPED = new Set<MachineFate>(['redefined', 'recreated', 'removed']);

/** Regraft's own provider stops a machine for a change of its disks only, and cuts no power. */
function judgeRunning(
  given: Case,
  host: string,
  { machine: { fate }, volumes }: Pick<CloneReview, 'machine' | 'volumes'>,
  place: { pool: string; clone: string; address: string },
): void {
  const isOwn = (given.after.hosts[host] ?? given.before?.hosts[host])?.provider === 'regraft';
  const runsOn =
    isOwn && fate === 'redefined' && volumes.every((one) => one.fate === 'kept' || one.fate === 'grown');
  given.report(isOwn ? 'RG706' : 'RG705', {
    ...place,
    expected: 'off',
    found: runsOn ? 'running: the change counts from its next start' : `running, and would be ${fate}`,
  });
}

function judgeDrift(
  given: Case,
  facts: HostFacts,
  domain: DomainFact,
  place: { pool: string; clone: string; address: string },
  index: VolumeIndex,
): void {
  const change = given.change(place.address);
  if (!change?.before) return;
  const state = new Map(
    attachments(change, 'before', index).map(({ target, volume }) => [target, pathOf(facts, volume.text)]),
  );
  for (const { target, path, device, backingChain } of domain.disks) {
    if (device !== 'disk') continue;
    const expected = state.get(target);
    if (expected === undefined) {
      given.report('RG704', { ...place, expected: `no disk ${target}`, found: path ?? 'an empty one' });
    } else if (path !== undefined && path !== expected) {
      given.report('RG703', { ...place, expected: `${target} is ${expected}`, found: path });
    } else {
      judgeRealBacking(given, place, backingChain, index.atPath(expected).address);
    }
  }
}

/** An overlay that somebody rebased by hand stands on another file than the state says. */
function judgeRealBacking(
  given: Case,
  place: object,
  chain: readonly string[],
  address: string | undefined,
): void {
  const role = address === undefined ? undefined : given.role(address);
  // A data volume that was there before regraft keeps what it stands on; it is said nowhere.
  if (role?.role === 'data' && role.file !== undefined && role.from === undefined) return;
  const values = given.change(address)?.before;
  const expected = textAt(values, 'base_volume_id') ?? textAt(values, 'backing_store', 'path');
  if (expected === chain[0] || (expected === undefined && textAt(values, 'base_volume_name') !== undefined))
    return;
  given.report('RG703', {
    ...place,
    expected: `${address} on ${expected ?? 'no backing file'}`,
    found: chain[0] ?? 'no backing file',
  });
}

/** References are paths (0.8) or `POOL/NAME` (0.9). */
function pathOf({ volumes }: HostFacts, text: string): string {
  if (text.startsWith('/')) return text;
  const name = text.slice(text.indexOf('/') + 1);
  return volumes.find((volume) => volume.name === name)?.path ?? text;
}
