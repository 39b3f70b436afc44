import { didYouMean } from '../../model/names';
import type { KnownBase } from '../configuration';
import type { ListedMachine, Listing } from '../host/facts';
import type { ObjectValue } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import { hasMachine } from './changes';
import type { CloneConfig } from './clone-config';
import type { CloneState, Maybe } from './clone-state';
import { Diagnostics } from './diagnostics';
import { volumePath } from '../diagnostics';
import { parseMark } from './mark';
import type { PlanFacts } from './plan-facts';
import type { Situation } from './situation';
import { isKnown } from './situation';
import { nextStamp } from './stamp';

/** Where a plan stands, and what is wrong with that: the storage pool, the base, a machine of that name. */
export function situationOf(prior: CloneState | null, config: CloneConfig, facts: PlanFacts): Situation {
  const told = new Diagnostics();
  const name = config.name as string;
  const retired = isKnown(config.retired) ? (config.retired ?? false) : UNKNOWN;
  checkStorage(prior, facts, told);
  const machine = facts.listing.machines.get(name);
  const mark = machine === undefined ? undefined : parseMark(machine.xml);
  const own = machine !== undefined && mark?.name === name;
  if (machine !== undefined && !own) checkForeignMachine(prior, machine, told);
  const ours = own ? mark : undefined;
  return {
    name,
    prior,
    config,
    facts,
    told,
    retired,
    base: baseOf(config, facts, retired, told),
    restoring: restoringOf(prior, config),
    machine: prior !== null || own ? machine : undefined,
    mark: ours,
    stamp: nextStamp(facts.planTime, prior, ours),
  };
}

/** Each file is one volume's. */
export function checkFiles({ told }: Situation, volumes: Maybe<Readonly<Record<string, ObjectValue>>>): void {
  if (!isKnown(volumes)) return;
  const users = new Map<string, string>();
  for (const [volume, one] of Object.entries(volumes)) {
    const path = one === (UNKNOWN as unknown) ? undefined : one['path'];
    if (typeof path !== 'string') continue;
    const other = users.get(path);
    if (other !== undefined)
      told.error(
        volumePath(volume, 'file'),
        `volumes ${other} and ${volume} are both in ${path}: say another \`file\` for one`,
      );
    users.set(path, volume);
  }
}

/** Of a storage pool that is not open nothing can be told, and nothing may be taken for missing. */
function checkStorage(prior: CloneState | null, { listing, storage }: PlanFacts, told: Diagnostics): void {
  if (listing.storage === undefined && prior === null) return;
  if (listing.storage === undefined) {
    told.error(
      [],
      `libvirt knows no storage pool ${storage.name}, which holds the volumes of clone ${prior!.name}: define it again (virsh pool-define-as ${storage.name} dir --target ${storage.path}) and start it`,
    );
  } else if (!listing.storage.active) {
    told.error(
      [],
      `storage pool ${storage.name} is not active, so its volumes cannot be seen: start it (virsh pool-start ${storage.name})`,
    );
  }
}

function checkForeignMachine(
  prior: CloneState | null,
  { name, uuid }: ListedMachine,
  told: Diagnostics,
): void {
  if (prior === null) {
    told.error(
      ['name'],
      `machine ${name} (UUID ${uuid}) is on the host already and was not made for this clone: import it (an import block), or choose another name`,
    );
  } else if (hasMachine(prior) && prior.uuid !== uuid) {
    told.error(
      ['name'],
      `machine ${name} on the host is another one: its UUID is ${uuid}, expected ${prior.uuid}: rename it (virsh domrename ${name} NAME), or take the clone out of the state and import it`,
    );
  }
}

function baseOf(
  { base }: CloneConfig,
  { bases, listing }: PlanFacts,
  retired: Maybe<boolean>,
  told: Diagnostics,
): Maybe<KnownBase | undefined> {
  if (!isKnown(base)) return UNKNOWN;
  const known = bases.get(base);
  if (known !== undefined || retired === true) return known;
  told.error(
    ['base'],
    `base ${JSON.stringify(base)} is not known (${didYouMean(base, [...new Set([...bases.keys(), ...recordedBases(listing)])]).replace(/\?$/, '')}): refer to its resource (base = regraft_base.NAME.name), so that Terraform plans it first`,
  );
  return undefined;
}

/** The bases that the host knows of, whether or not a resource of this process has told of them. */
function recordedBases({ volumes }: Listing): string[] {
  return [...volumes.keys()].flatMap((path) => /([^/]+)\.base\.json$/.exec(path)?.[1] ?? []);
}

function restoringOf(prior: CloneState | null, { restore }: CloneConfig): Maybe<boolean> {
  if (prior === null || restore === null) return false;
  return isKnown(restore) ? restore !== prior.restore : UNKNOWN;
}
