import type { Connection } from '../../tools/connection';
import type { ListedMachine, Listing, VolumeFacts } from './facts';
import type { HostListing } from './host-listing';
import { readMachine, readMachines } from './read-machines';
import { readStorage, readVolumeFacts } from './read-storage';

/** A listing that is kept up to date. */
interface Kept extends Listing {
  readonly volumes: Set<string>;
  readonly machines: Map<string, ListedMachine>;
  /** What has been asked of volumes so far, by path. */
  readonly facts: Map<string, VolumeFacts>;
  /** The last question about volumes that is under way. */
  asking: Promise<void>;
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
    return this.kept();
  }

  refresh(): Promise<Listing> {
    return this.again();
  }

  async facts(paths?: Iterable<string>): Promise<ReadonlyMap<string, VolumeFacts>> {
    const kept = await this.kept();
    // One after the other, so that nothing is asked twice.
    const asked = kept.asking.then(() => this.askFacts(kept, paths ?? kept.volumes));
    kept.asking = asked.catch(() => undefined);
    await asked;
    return kept.facts;
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

  noteVolume(volume: VolumeFacts): void {
    this.change(({ volumes, facts }) => {
      volumes.add(volume.path);
      facts.set(volume.path, volume);
    });
  }

  forgetVolume(path: string): void {
    this.change(({ volumes, facts }) => {
      volumes.delete(path);
      facts.delete(path);
    });
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

  private kept(): Promise<Kept> {
    return this.question?.answer ?? this.again();
  }

  private again(): Promise<Kept> {
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

  private async ask(): Promise<Kept> {
    const [storage, machines] = await Promise.all([
      readStorage(this.connection, this.pool),
      readMachines(this.connection),
    ]);
    return { ...storage, machines, facts: new Map(), asking: Promise.resolve() };
  }

  private async askFacts({ volumes, facts }: Kept, paths: Iterable<string>): Promise<void> {
    const open = [...paths].filter((path) => volumes.has(path) && !facts.has(path));
    for (const volume of await readVolumeFacts(this.connection, this.pool, open))
      // What was made or deleted meanwhile is noted.
      if (volumes.has(volume.path) && !facts.has(volume.path)) facts.set(volume.path, volume);
  }
}
