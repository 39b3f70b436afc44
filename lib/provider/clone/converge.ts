import { UserError } from '../../model/user-error';
import { patiently } from '../../operations/power/patience';
import { isActive } from '../../tools/machines';
import type { Configuration } from '../configuration';
import type { ListedMachine } from '../host/facts';
import { diskFiles } from '../host/disk-users';
import { CloneVolumes } from './apply-volumes';
import type { CloneChanges } from './changes';
import { changesOf } from './changes';
import type { CloneState } from './clone-state';
import type { DataProof } from './data-proof';
import { DataChanged, proveData, refuseChangedData } from './data-proof';
import { composeDomain } from './domain-xml';
import { carriedOver, isDefinedAs } from './drift';
import { goBack, unmake } from './go-back';
import { refuseOtherMachine, usedBy } from './own-machine';
import { dataPaths, openPaths } from './paths';
import { runsAfter, startClone, stopClone } from './power';
import { dropRanNote, hasRanNote } from './ran-note';
import { tidyUp } from './tidy-up';

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
  private stopped = false;
  private defined = false;

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
    if (this.isNothing) return;
    if (this.signal.aborted)
      throw new UserError(`clone ${this.name} is left as it is: Terraform was interrupted`);
    this.meet((await this.configuration.listing.read()).machines.get(this.name));
    const volumes = new CloneVolumes(
      this.configuration,
      usedBy(this.present, this.configuration.storage.path),
    );
    const running = await this.switch(volumes);
    if (running) await this.start(volumes);
    if (hadRun(this.present) && ['keep', 'make'].includes(this.changes.machine))
      await dropRanNote(this.name, this.configuration);
    const tidied = await tidyUp(
      this.changes.removed,
      [this.prior, this.planned],
      volumes,
      this.configuration,
    );
    this.warnings.push(...tidied);
  }

  private get isNothing(): boolean {
    const { overlays, data, grow, medium, disks, definition, autostart, machine, removed } = this.changes;
    const lists = [overlays, data, grow, removed];
    const isSame = !medium && !disks && !definition && !autostart && machine !== 'make';
    return isSame && lists.every(({ length }) => length === 0);
  }

  /** Makes what is new and switches the machine to it; returns whether it is to be started. */
  private async switch(volumes: CloneVolumes): Promise<boolean> {
    let ran = isToRun(this.present);
    try {
      await this.make(volumes);
      // What was listed may be minutes old, of the making of many clones.
      this.meet(await this.look());
      ran = isToRun(this.present);
      if (this.mustBeOff()) {
        if (this.present!.saved) throw this.savedMemory();
        await stopClone(this.present!, this.configuration, this.signal);
        this.stopped = true;
        // With the note that it ran, which every definition keeps until it is started. One that an earlier apply had
        // asked may have gone off by itself just now.
        if (isActive(this.present!.state)) this.present = await this.look();
      }
      await this.grow(volumes, isActive(this.present?.state));
      await this.define(this.stopped);
    } catch (error) {
      await this.goBack(volumes, ran && !(error instanceof DataChanged));
      throw error;
    }
    if (this.changes.machine === 'remove' || this.changes.machine === 'none') return false;
    return !isActive(this.present?.state) && runsAfter(this.configuration, ran);
  }

  private look(): Promise<ListedMachine | undefined> {
    return patiently(() => this.configuration.listing.machine(this.name));
  }

  /** Goes on with a machine as it was seen, unless it is somebody else's. */
  private meet(machine: ListedMachine | undefined): void {
    this.present = machine;
    if (machine) refuseOtherMachine(machine, this.prior, this.planned, this.configuration);
  }

  private async make(volumes: CloneVolumes): Promise<void> {
    const { overlays, data, medium } = this.changes;
    await volumes.overlays(overlays);
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
    return openPaths(this.planned).some((path) => !now.has(path)) || removed.some((path) => now.has(path));
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
    const proven = this.prior ?? this.planned;
    const before: DataProof = disks ? await proveData(proven, this.configuration) : new Map();
    if (machine === 'remove') {
      this.defined = true;
      if (this.present) await machines.undefine(this.name);
      listing.forgetMachine(this.name);
    } else if (disks || this.isOutdated(definition)) {
      const carried = this.present
        ? carriedOver(this.prior, this.planned, this.present.xml, this.configuration.storage)
        : undefined;
      const xml = composeDomain(this.planned, carried);
      this.defined = true;
      await patiently(() => machines.define(xml));
      listing.noteMachine({ ...(this.present ?? this.fresh()), xml });
    }
    if (machine !== 'remove') await this.startWithHost();
    await refuseChangedData(proven, before, this.configuration);
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

  private async goBack(volumes: CloneVolumes, restart: boolean): Promise<void> {
    const { present: former, defined, stopped } = this;
    if (!former) {
      // What is there of a clone that has a state is made again by the next apply.
      const left = this.prior === null ? await unmake(this.name, volumes, this.configuration) : undefined;
      if (left !== undefined) this.warnings.push(left);
      return;
    }
    const data = new Set(dataPaths(this.planned));
    const made = volumes.made.filter((path) => !data.has(path));
    const trouble = await goBack({ former, defined, stopped, restart, made }, volumes, this.configuration);
    if (trouble !== undefined) this.warnings.push(trouble);
  }
}

/** Whether a machine runs, or ran before an apply that broke off. */
function isToRun(machine: ListedMachine | undefined): boolean {
  return isActive(machine?.state) || hadRun(machine);
}

function hadRun(machine: ListedMachine | undefined): boolean {
  return machine !== undefined && hasRanNote(machine.xml);
}
