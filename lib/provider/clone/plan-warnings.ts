import { isActive } from '../../tools/machines';
import { basename } from 'node:path';
import type { ListedMachine } from '../host/facts';
import { hasUnknown } from '../known';
import type { ObjectValue } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import type { CloneChanges } from './changes';
import { changesOf, hasMachine } from './changes';
import type { CloneState } from './clone-state';
import { cloneStateOf } from './clone-config';
import type { Diagnostics } from './diagnostics';
import { addedByHand, attachedByHand, deviceWords, isDefinedAs } from './drift';
import type { PlanFacts } from './plan-facts';
import { hasRanNote } from './ran-note';
import type { Situation } from './situation';
import { childOf } from './xml-tree';

/** The devices of disks that were attached by hand, which no new volume may take. */
export function handAttachedTargets({ prior, machine, config, facts }: Situation): string[] {
  const complete =
    prior !== null &&
    config.volumes !== UNKNOWN &&
    Object.keys(config.volumes).every((volume) => prior.volumes[volume] !== undefined);
  if (complete || prior === null || machine === undefined || !hasMachine(prior)) return [];
  return attachedByHand(prior, machine.xml, facts.storage)
    .filter(({ name }) => name === 'disk')
    .map((disk) => childOf(disk, 'target')?.attributes['dev'] ?? '');
}

/** What a plan means for a machine that is there: warnings, and an error where a saved memory image would be lost. */
export function warnOfChanges({ prior, machine, facts, told }: Situation, planned: ObjectValue): void {
  const next = settled(planned);
  if (prior === null || machine === undefined || next === undefined) return;
  if (JSON.stringify(sorted(prior)) === JSON.stringify(sorted(next))) return;
  const changes = changesOf(prior, next, facts.bases);
  if (changes.disks) warnOfDisks(machine, changes, facts, told);
  warnOfSnapshots(machine, prior, next, told);
  if (!changes.definition || changes.machine !== 'keep') return;
  if (!isActive(machine.state) && hasRanNote(machine.xml) && facts.power !== 'off') {
    told.warn(
      ['name'],
      `machine ${machine.name} is off and ran before an apply that broke off: it is started again`,
    );
  }
  if (!changes.disks && isActive(machine.state) && !isDefinedAs(prior, next, machine.xml, facts.storage)) {
    told.warn(
      ['domain_xml'],
      `machine ${machine.name} runs: its new definition is effective when it is next started`,
    );
  }
  const kept = [
    ...addedByHand(prior, next, machine.xml),
    ...attachedByHand(prior, machine.xml, facts.storage),
  ];
  if (kept.length > 0) {
    told.warn(
      ['domain_xml'],
      `machine ${machine.name} keeps what was added by hand: ${kept.map(deviceWords).join(', ')}`,
    );
  }
}

/** What destroying a clone means. */
export function warnOfDestruction(
  prior: CloneState,
  { listing }: Pick<PlanFacts, 'listing'>,
  told: Diagnostics,
): void {
  const { purged } = changesOf(prior, null);
  if (purged.length > 0) {
    told.warn(
      ['data_on_destroy'],
      `clone ${prior.name} is destroyed with its data (\`data_on_destroy = "purge"\`): ${purged.join(', ')}`,
    );
  }
  const machine = listing.machines.get(prior.name);
  if (machine === undefined || !hasMachine(prior)) return;
  if (isActive(machine.state)) told.warn([], `machine ${machine.name} runs and is shut down to be removed`);
  warnOfSnapshots(machine, prior, null, told);
}

function warnOfDisks(
  { name, state, saved }: ListedMachine,
  { machine }: CloneChanges,
  { shutdownTimeout, onBusy, power }: PlanFacts,
  told: Diagnostics,
): void {
  if (saved) {
    told.error(
      ['name'],
      `machine ${name} has a saved memory image, which belongs to its present disks: start it and shut it down, or drop the image (virsh managedsave-remove ${name})`,
    );
  }
  if (!isActive(state)) return;
  const busy = {
    abort: 'the apply stops',
    skip: 'the apply fails for this clone',
    force: 'its power is cut',
  }[onBusy];
  const after =
    machine === 'remove' ? 'it is removed' : power === 'off' ? 'it stays off' : 'it is started again';
  told.warn(
    ['name'],
    `machine ${name} is ${state}: it is asked to shut down (${shutdownTimeout} s, then ${busy}), and ${after} afterwards`,
  );
}

/** A snapshot is in the overlays that the machine had when it was taken. */
function warnOfSnapshots(
  { name, snapshots }: ListedMachine,
  prior: CloneState,
  next: CloneState | null,
  told: Diagnostics,
): void {
  const kept = new Set(Object.values(next?.volumes ?? {}).map(({ path }) => path));
  const gone = Object.values(prior.volumes).flatMap(({ type, path }) =>
    type !== 'system' || path === null || kept.has(path) ? [] : [basename(path)],
  );
  if (gone.length === 0 || snapshots.length === 0) return;
  told.warn(
    ['name'],
    `machine ${name} has snapshots (${snapshots.join(', ')}) that belong to ${gone.join(', ')}: they cannot be gone back to afterwards`,
  );
}

/** The planned value as a state, where it is known; a size that only the host knows is left open. */
export function settled({ volumes, ...planned }: ObjectValue): CloneState | undefined {
  if (volumes === UNKNOWN) return undefined;
  const known = Object.entries(volumes as Readonly<Record<string, ObjectValue>>).map(([volume, one]) => [
    volume,
    typeof one === 'object' ? { ...one, size: one['size'] === UNKNOWN ? null : one['size'] } : one,
  ]);
  const value = { ...planned, volumes: Object.fromEntries(known) };
  return hasUnknown(value) ? undefined : cloneStateOf(value);
}

/** The same value in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
