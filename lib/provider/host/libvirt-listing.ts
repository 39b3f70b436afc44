import type { Connection } from '../../tools/connection';
import type { ListedMachine, ListedStorage, ListedVolume, Listing } from './facts';
import type { HostListing } from './host-listing';
import { readMachine, readMachines } from './read-machines';
import { readStorage } from './read-storage';

/** A listing that is kept up to date. */
interface Kept extends Listing {
  readonly storage: ListedStorage | undefined;
  readonly volumes: Map<string, ListedVolume>;
  readonly machines: Map<string, ListedMachine>;
}

type Change = (kept: Kept) => void;

/** A question to the host, and what this process has changed before it was answered. */
interface Question {
  readonly answer: Promise<Kept>;
  kept?: Kept;
  readonly changes: Change[];
}

/** The listing of a host over libvirt. */
export class LibvirtListing implements HostListing {
  private question: Question | undefined;

  /** @param pool the name of the storage pool */
  constructor(
    private readonly connection: Connection,
    private readonly pool: string,
  ) {}

  read(): Promise<Listing> {
    return this.question?.answer ?? this.refresh();
  }

  refresh(): Promise<Listing> {
    const changes: Change[] = [];
    const question: Question = {
      changes,
      answer: this.ask().then((kept) => {
        // What was asked may have been answered before them.
        for (const change of changes) change(kept);
        question.kept = kept;
        return kept;
      }),
    };
    this.question = question;
    question.answer.catch(() => {
      if (this.question === question) this.question = undefined;
    });
    return question.answer;
  }

  async machine(name: string): Promise<ListedMachine | undefined> {
    const [found, { machines }] = await Promise.all([readMachine(this.connection, name), this.read()]);
    if (!found) {
      this.forgetMachine(name);
      return undefined;
    }
    // They are asked for once: only plans speak of them.
    const machine = { ...found, snapshots: machines.get(name)?.snapshots ?? [] };
    this.noteMachine(machine);
    return machine;
  }

  noteVolume(volume: ListedVolume): void {
    this.change(({ volumes }) => volumes.set(volume.path, volume));
  }

  forgetVolume(path: string): void {
    this.change(({ volumes }) => volumes.delete(path));
  }

  noteMachine(machine: ListedMachine): void {
    this.change(({ machines }) => machines.set(machine.name, machine));
  }

  forgetMachine(name: string): void {
    this.change(({ machines }) => machines.delete(name));
  }

  private change(apply: Change): void {
    if (this.question?.kept) apply(this.question.kept);
    else this.question?.changes.push(apply);
  }

  private async ask(): Promise<Kept> {
    const [storage, machines] = await Promise.all([
      readStorage(this.connection, this.pool),
      readMachines(this.connection),
    ]);
    return { ...storage, machines };
  }
}
