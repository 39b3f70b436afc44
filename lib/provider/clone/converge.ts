import { posix } from 'node:path';
import { UserError } from '../../model/user-error';
import { evidence } from '../../operations/proof/evidence';
import { isActive } from '../../tools/machines';
import type { Configuration } from '../configuration';
import type { ListedMachine } from '../host/facts';
import { diskFiles, usersOf } from '../host/disk-users';
import { CloneVolumes } from './apply-volumes';
import type { CloneChanges } from './changes';
import { changesOf } from './changes';
import type { CloneState } from './clone-state';
import { composeDomain } from './domain-xml';
import { carriedOver, isDefinedAs } from './drift';
import { leftovers } from './leftovers';
import { parseMark } from './mark';
import { mayTakeOver } from './plan-takeover';
import { runsAfter, startClone, stopClone } from './power';

/**
 * Brings a clone on its host from one state to another, in an order in which each step can be done again: what is new is
 * made, the machine stops, its data is proven, it is defined, its data is compared, it starts, and what is old goes.
 *
 * When a step after the stop fails, the machine gets its former definition and starts again if it ran.
 */
export class Convergence {
  /** What the user should know although it was done. */
  readonly warnings: string[] = [];

  private readonly name: string;
  private readonly changes: CloneChanges;
  private present: ListedMachine | undefined;

  constructor(
    private readonly prior: CloneState | null,
    private readonly planned: CloneState,
    private readonly configuration: Configuration,
    private readonly signal: AbortSignal,
  ) {
    this.name = planned.name;
    this.changes = changesOf(prior, planned, configuration.bases);
  }

  /**
   * Does it.
   *
   * @throws UserError when a step fails; what was made for it is gone then, or can be made again
   */
  async run(): Promise<void> {
    const { listing } = this.configuration;
    if (this.isNothing) return;
    if (this.signal.aborted)
      throw new UserError(`clone ${this.name} is left as it is: Terraform was interrupted`);
    this.present = await listing.machine(this.name);
    this.refuseOther();
    const volumes = new CloneVolumes(this.configuration, this.inUse());
    const running = await this.switch(volumes);
    if (running) await this.start(volumes);
    await this.tidy(volumes);
  }

  private get isNothing(): boolean {
    const { overlays, data, grow, medium, disks, definition, autostart, machine, removed } = this.changes;
    const lists = [overlays, data, grow, removed];
    const isSame = !medium && !disks && !definition && !autostart && machine !== 'make';
    return isSame && lists.every(({ length }) => length === 0);
  }

  /** What the machine has as disks, and what its mark says of it: that is not made anew. */
  private inUse(): Set<string> {
    if (!this.present) return new Set();
    const mark = parseMark(this.present.xml);
    return new Set([
      ...this.disksNow(),
      ...Object.values(mark?.volumes ?? {}),
      ...Object.values(mark?.retained ?? {}),
    ]);
  }

  private refuseOther(): void {
    const { present, prior, name } = this;
    if (!present) return;
    const isOwn = prior === null ? parseMark(present.xml)?.name === name : present.uuid === prior.uuid;
    if (isOwn && (prior !== null || mayTakeOver(present, this.planned, this.configuration))) return;
    if (isOwn)
      throw new UserError(
        `machine ${name} is ${present.state} and not in the state: nothing that runs is taken over by a create; import it (an import block)`,
      );
    throw new UserError(
      prior === null
        ? `there is a machine ${name} on the host already, which regraft_clone has not made: import it (an import block), rename it (virsh domrename), or choose another name`
        : `machine ${name} on the host has UUID ${present.uuid}, expected ${prior.uuid}: somebody has made another one of that name; undefine it (virsh undefine ${name}), or import it anew`,
    );
  }

  /** Makes what is new and switches the machine to it; returns whether it is to be started. */
  private async switch(volumes: CloneVolumes): Promise<boolean> {
    let ran = isActive(this.present?.state);
    let stopped = false;
    try {
      await this.make(volumes);
      if (this.mustBeOff()) {
        if (this.present!.saved) throw this.savedMemory();
        ran = await stopClone(this.name, this.configuration, this.signal);
        stopped = true;
      }
      await this.grow(volumes, ran && !stopped);
      await this.define(stopped || this.mustBeOff());
    } catch (error) {
      await this.goBack(volumes, ran && !(error instanceof DataChanged));
      throw error;
    }
    const made = this.present === undefined;
    if (this.changes.machine === 'remove' || this.changes.machine === 'none') return false;
    return (stopped || made || !ran) && runsAfter(this.configuration, ran);
  }

  private async make(volumes: CloneVolumes): Promise<void> {
    const { overlays, data, medium } = this.changes;
    for (const overlay of overlays) await volumes.overlay(overlay);
    for (const one of data) {
      if ((await volumes.data(one)) === 'made' || one.size === null) continue;
      // One that was found may be smaller than it is to be.
      this.found.push({ volume: one.volume, path: one.path, size: one.size });
    }
    if (medium) await volumes.medium(medium);
  }

  private readonly found: CloneChanges['grow'][number][] = [];

  private async grow(volumes: CloneVolumes, running: boolean): Promise<void> {
    for (const growth of [...this.changes.grow, ...this.found])
      await volumes.grow(growth, running ? this.name : undefined);
  }

  /** Whether a machine that is there gets or loses a disk. */
  private mustBeOff(): boolean {
    if (!this.present) return false;
    if (this.changes.machine === 'remove') return true;
    const now = new Set(this.disksNow());
    const { removed } = this.changes;
    return wanted(this.planned).some((path) => !now.has(path)) || removed.some((path) => now.has(path));
  }

  private disksNow(): readonly string[] {
    return this.present ? diskFiles(this.present, this.configuration.storage.path) : [];
  }

  private savedMemory(): UserError {
    return new UserError(
      `${this.name} has a saved memory image, which belongs to its system volume as it is now: start it, or drop the image (virsh managedsave-remove ${this.name})`,
    );
  }

  /** Defines or undefines the machine; its data volumes are the same before and after. */
  private async define(disks: boolean): Promise<void> {
    const { machines, listing } = this.configuration;
    const { machine, definition } = this.changes;
    if (machine === 'none') return;
    const before = disks ? await this.proof() : new Map<string, string>();
    if (machine === 'remove') {
      if (this.present) await machines.undefine(this.name);
      listing.forgetMachine(this.name);
    } else if (disks || this.isOutdated(definition)) {
      const carried = this.present
        ? carriedOver(this.prior, this.planned, this.present.xml, this.configuration.storage)
        : undefined;
      const xml = composeDomain(this.planned, carried);
      await machines.define(xml);
      listing.noteMachine({ ...(this.present ?? this.fresh()), xml });
    }
    if (machine !== 'remove') await this.startWithHost();
    await this.compare(before);
  }

  /** A machine that is defined anew goes on as libvirt has it. */
  private async startWithHost(): Promise<void> {
    const { machines, listing } = this.configuration;
    const { autostart } = this.planned;
    if ((this.present?.autostart ?? false) === autostart) return;
    await machines.autostart(this.name, autostart);
    await listing.machine(this.name);
  }

  private fresh(): Omit<ListedMachine, 'xml'> {
    const { name, uuid } = this.planned;
    return { name, uuid, state: 'shut off', saved: false, autostart: false, snapshots: [] };
  }

  /** Whether the host does not have what is planned; what only the state has written otherwise is not defined anew. */
  private isOutdated(definition: boolean): boolean {
    if (!this.present) return true;
    if (!definition && this.prior !== null) return false;
    return !isDefinedAs(this.prior, this.planned, this.present.xml, this.configuration.storage);
  }

  /** The evidence of the data volumes that the clone has before and after, by path. */
  private async proof(): Promise<Map<string, string>> {
    const { proof, volumes, digests } = this.configuration;
    if (proof === 'none') return new Map();
    const known = (await this.configuration.listing.read()).volumes;
    const paths = dataPaths(this.prior ?? this.planned).filter((path) => known.has(path));
    const found = await Promise.all(
      paths.map(async (path): Promise<[string, string]> => [
        path,
        await digests(() => evidence(volumes, posix.basename(path), proof)),
      ]),
    );
    return new Map(found);
  }

  private async compare(before: ReadonlyMap<string, string>): Promise<void> {
    if (before.size === 0) return;
    const after = await this.proof();
    for (const [path, was] of before)
      if (after.get(path) !== was)
        throw new DataChanged(
          `DATA HAS CHANGED: ${path} of clone ${this.name} is not what it was before its machine was defined anew (${was}, now ${after.get(path) ?? 'gone'}): the machine was not started; compare it with a backup before anything else`,
        );
  }

  private async start(volumes: CloneVolumes): Promise<void> {
    try {
      await startClone(this.name, this.configuration);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (this.present === undefined) {
        this.warnings.push(`machine ${this.name} was made and does not start: ${error.message}`);
        return;
      }
      await this.goBack(volumes, true);
      throw new UserError(
        `machine ${this.name} does not start as it is planned, and is back to what it was: ${error.message}`,
      );
    }
  }

  /** Gives the machine its former definition, starts it if it ran, and deletes what was made for the new one. */
  private async goBack(volumes: CloneVolumes, ran: boolean): Promise<void> {
    const { machines, listing } = this.configuration;
    if (!this.present) return this.unmake(volumes);
    try {
      const now = await listing.machine(this.name);
      if (now?.xml !== this.present.xml) await machines.define(this.present.xml);
      if (now && now.autostart !== this.present.autostart)
        await machines.autostart(this.name, this.present.autostart);
      if (ran && !isActive(now?.state)) await startClone(this.name, this.configuration);
      const data = new Set(dataPaths(this.planned));
      await volumes.delete(volumes.made.filter((path) => !data.has(path)));
      await listing.machine(this.name);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.warnings.push(
        `machine ${this.name} could not be brought back to what it was: ${error.message}; see "virsh dominfo ${this.name}", and apply again`,
      );
    }
  }

  /** Deletes what was made for a machine that was never defined; data that was there before is not among it. */
  private async unmake(volumes: CloneVolumes): Promise<void> {
    try {
      if (await this.configuration.listing.machine(this.name)) return;
      if (this.prior === null) await volumes.delete(volumes.made);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.warnings.push(`what was made of clone ${this.name} is not all deleted: ${error.message}`);
    }
  }

  /** Deletes what no state knows any more; what somebody else uses is named and stays. */
  private async tidy(volumes: CloneVolumes): Promise<void> {
    const { listing, storage } = this.configuration;
    const { removed } = this.changes;
    const host = await listing.read();
    const used = usersOf(new Set(removed), host, storage.path, this.name);
    for (const [path, users] of used)
      this.warnings.push(`${path} is not deleted, since ${users.join(', ')} uses it`);
    const left = leftovers(this.name, [this.prior, this.planned], host, storage.path);
    try {
      await volumes.delete([...removed.filter((path) => !used.has(path)), ...left]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // The next apply sweeps it.
      this.warnings.push(`what clone ${this.name} no longer uses is not all deleted: ${error.message}`);
    }
  }
}

/** Data is not what it was: whoever sees this must not start anything. */
export class DataChanged extends UserError {}

/** The paths that a clone's machine has open. */
function wanted({ volumes, cloud_init: medium }: CloneState): string[] {
  return [...Object.values(volumes).map(({ path }) => path), medium?.path ?? null].filter(
    (path) => path !== null,
  );
}

function dataPaths({ volumes }: CloneState): string[] {
  return Object.values(volumes).flatMap(({ type, path }) => (type === 'data' && path !== null ? [path] : []));
}
