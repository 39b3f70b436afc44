import type { ManifestClone } from '../../model/manifest';
import type { DomainFact } from '../facts';
import type { RepairCase } from './case';
import { pathOf } from './case';
import type { RepairHost } from './given';
import { TAKEN_IN } from './volumes';

/** Machines that are there and not in the state, and machines that are in trouble. */
export function planMachines(given: RepairCase, host: RepairHost): void {
  const { wanted } = given.given;
  for (const { host: at, clones } of Object.values(wanted?.pools ?? {})) {
    if (at !== host.host) continue;
    for (const [clone, entry] of Object.entries(clones)) {
      const domain = host.domains.find(({ name }) => name === clone);
      if (domain && !isInState(given, host, domain, entry)) planMachine(given, host, domain, entry);
    }
  }
  const known = given.clones(host.host);
  for (const domain of host.domains) if (known.has(domain.name)) planTrouble(given, host, domain);
}

function isInState(
  given: RepairCase,
  { host }: RepairHost,
  { name, uuid }: DomainFact,
  { domain }: ManifestClone,
): boolean {
  return given
    .objectsOn(host)
    .some(
      ({ address, type, attributes }) =>
        address === domain ||
        (type === 'libvirt_domain' &&
          (attributes['name'] === name || attributes['id'] === uuid || attributes['uuid'] === uuid)),
    );
}

function planMachine(given: RepairCase, host: RepairHost, domain: DomainFact, entry: ManifestClone): void {
  const { name: clone, uuid, running } = domain;
  const about = { host: host.host, clone, what: clone };
  const leave = (why: string): void => given.add({ kind: 'leave', ...about, why });
  const { provider } = given.given.wanted!.hosts[host.host]!;
  if (provider !== '0.9' && uuid !== entry.uuid)
    return leave(`a machine of that name has the UUID ${uuid}, expected ${entry.uuid}: it is not regraft's`);
  if (!isOwn(host, domain, entry))
    return leave('a machine of that name has not the volumes of the clone: it is not regraft’s, rename it');
  if (provider === 'regraft') return leave(TAKEN_IN);
  // Provider 0.8 would replace what it has imported, and defines a machine of the same UUID anew when it creates one.
  if (provider === '0.8' && !isAsInState(given, host, domain, entry))
    return leave(
      `it is defined on other volumes than the state has: the next apply defines it anew${running ? ', once it is shut down' : ''}`,
    );
  given.add({
    kind: 'import-domain',
    ...about,
    address: entry.domain,
    id: uuid,
    why: 'it is there, and the state does not have it',
  });
}

/** Whether all disks of a machine are volumes of its clone, and all data volumes of the clone are among them. */
function isOwn(host: RepairHost, domain: DomainFact, { volumes }: ManifestClone): boolean {
  const paths = disksOf(domain);
  const own = new Set(
    host.volumes.filter(({ name }) => name.startsWith(`${domain.name}.`)).map(({ path }) => path),
  );
  const data = Object.entries(volumes).filter(([, { type }]) => type === 'data');
  return (
    paths.length > 0 &&
    paths.every((path) => own.has(path)) &&
    data.every(([volume]) => paths.includes(pathOf(host, `${domain.name}.${volume}.data.qcow2`)))
  );
}

/** Whether a machine is defined on exactly the volumes that the state has for it, or has after this repair. */
function isAsInState(
  given: RepairCase,
  host: RepairHost,
  domain: DomainFact,
  { volumes }: ManifestClone,
): boolean {
  const paths = disksOf(domain);
  const expected = Object.values(volumes).map(({ address }) => {
    const object = given.objectsAt(address).find(({ deposed }) => deposed === undefined);
    const taken = given.steps.find((step) => 'address' in step && step.address === address);
    return object?.attributes['id'] ?? (taken && pathOf(host, taken.what));
  });
  return paths.length === expected.length && expected.every((path) => paths.includes(path as string));
}

function disksOf({ disks }: DomainFact): string[] {
  return disks.filter(({ device }) => device === 'disk').map(({ path = '' }) => path);
}

/** A machine that cannot go on: what to do with it is for its owner to say. */
function planTrouble(given: RepairCase, host: RepairHost, domain: DomainFact): void {
  const about = { host: host.host, clone: domain.name, what: domain.name };
  const condition = host.conditions[domain.name] ?? '';
  if (/^crashed|^paused \((?!user)/.test(condition)) {
    const advice = /I\/O error/.test(condition)
      ? 'look whether the storage pool is full or gone, then virsh resume'
      : 'look at its console, then virsh destroy and start it';
    given.add({ kind: 'leave', ...about, why: `it is ${condition}: ${advice}` });
  }
  const folder = host.storage && `${host.storage.path}/`;
  if (!domain.running || folder === undefined || !host.storage?.active) return;
  const files = new Set(host.volumes.map(({ path }) => path));
  const gone = domain.disks
    .flatMap(({ path, backingChain }) => [path, ...backingChain])
    .filter((path) => path !== undefined && path.startsWith(folder) && !files.has(path));
  if (gone.length > 0)
    given.add({
      kind: 'leave',
      ...about,
      why: `it runs on a file that is not there any more (${gone.join(', ')}): what it writes there is lost when it stops; save it from inside the guest, then shut it down`,
    });
}
