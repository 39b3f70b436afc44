import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestEvent } from '../../../lab/guest';
import { readConsole, waitForEvent } from '../../../lab/guest';
import { Lab } from '../../../lab/lab';
import { Machines } from '../../../lab/machines';
import type { CodeChange } from '../../../lab/project';
import { Project } from '../../../lab/project';
import type { RunRecord } from '../../../lib/model/run-record';
import type { RolloutEvent } from '../../../lib/operations/rollout/rollout';
import type { Said } from '../regraft';
import { Regraft } from '../regraft';

/** All that a command that is refused leaves as it was. */
export interface Picture {
  readonly serial: number | undefined;
  readonly states: Readonly<Record<string, string>>;
  readonly disks: Readonly<Record<string, unknown>>;
  /** The names of the files in the storage pool. */
  readonly files: readonly string[];
}

/** A lab, a user's project in it, and what a story of `regraft apply` looks at. */
export class Classroom {
  /** @param provider what the stack is synthesized for @default - what the suite runs for */
  static async start(name: string, provider?: string): Promise<Classroom> {
    const lab = await Lab.start({ name });
    return new Classroom(lab, new Project(lab, 'lab/stack/main.ts', provider));
  }

  readonly machines: Machines;
  readonly regraft: Regraft;

  private constructor(
    readonly lab: Lab,
    readonly project: Project,
  ) {
    this.machines = new Machines(lab);
    this.regraft = new Regraft(lab, project);
  }

  async stop(): Promise<void> {
    this.project.remove();
    await this.lab.stop();
  }

  /** `regraft apply --auto-approve` with what the code says now. */
  apply(...flags: string[]): Promise<Said> {
    return this.regraft.run('apply', '--auto-approve', ...flags);
  }

  /** Changes the code and applies it; what it says is in the message when it does not end well. */
  async applied(change: CodeChange, ...flags: string[]): Promise<Said> {
    this.project.write(change);
    const said = await this.apply(...flags);
    if (said.exitCode !== 0) throw new Error(`regraft apply ended with ${said.exitCode}:\n${said.stderr}`);
    return said;
  }

  /** The states of all machines, in virsh's words. */
  async states(): Promise<Record<string, string>> {
    const lines = (await this.lab.virsh('list', '--all')).trim().split('\n');
    const found = lines.flatMap((line) => {
      const [, name, state] = /^\s*\S+\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, state!] as const];
    });
    return Object.fromEntries(found.sort());
  }

  /** Which system overlay each machine stands on, by the base's name. */
  async bases(): Promise<Record<string, string>> {
    const names = Object.keys(await this.states());
    const found = names.map(async (name): Promise<[string, string]> => {
      const disks = Object.values(await this.machines.disks(name)).join(' ');
      return [name, /\.root\.guest-(\w+)\./.exec(disks)?.[1] ?? 'none'];
    });
    return Object.fromEntries(await Promise.all(found));
  }

  /** The serial of the state; `undefined` where there is none. */
  serial(): number | undefined {
    const file = join(this.project.folder, 'terraform.lab.tfstate');
    return existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as { serial: number }).serial
      : undefined;
  }

  /** All that a command that is refused leaves as it was. */
  async picture(): Promise<Picture> {
    const states = await this.states();
    const disks = Object.keys(states).map(async (name): Promise<[string, unknown]> => [
      name,
      await this.machines.disks(name),
    ]);
    const pool = this.machines.storage;
    return {
      serial: this.serial(),
      states,
      disks: Object.fromEntries(await Promise.all(disks)),
      files: existsSync(pool)
        ? readdirSync(pool).map((name) => `${name} ${statSync(join(pool, name)).ino}`)
        : [],
    };
  }

  /** What a machine has said so far, the oldest first. */
  said(name: string): GuestEvent[] {
    return readConsole(this.log(name));
  }

  /** The events of a kind, of which there may be one a boot. */
  count(name: string, kind: GuestEvent['event']): number {
    return this.said(name).filter(({ event }) => event === kind).length;
  }

  /** Waits until each of these has said once more than `before` that it is ready. */
  async ready(names: readonly string[], before: Readonly<Record<string, number>>): Promise<void> {
    for (const name of names)
      await waitForEvent(this.log(name), 'ready', { skip: before[name] ?? 0, timeout: 180_000 });
  }

  /** The records of all runs, the oldest first. */
  runs(): RunRecord[] {
    const folder = join(this.project.folder, '.regraft/runs');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((id) => JSON.parse(readFileSync(join(folder, id, 'run.json'), 'utf8')) as RunRecord);
  }

  /** The record of the last run. */
  run(): RunRecord {
    return this.runs().at(-1)!;
  }

  /** The machines that were not running at the same time, at each look while something goes on. */
  async whileDown<Result>(act: () => Promise<Result>): Promise<{ result: Result; down: string[][] }> {
    const down: string[][] = [];
    let over = false;
    const watching = (async () => {
      while (!over) {
        const states = await this.states().catch(() => ({}));
        const off = Object.entries(states).filter(([, state]) => state !== 'running');
        down.push(off.map(([name]) => name));
      }
    })();
    const result = await act().finally(() => (over = true));
    await watching;
    return { result, down };
  }

  private log(name: string): string {
    return join(this.lab.consoleLogs, `${name}.log`);
  }
}

/** The events that `--json` prints, one a line; it throws where a line is none. */
export function eventsOf({ stdout }: Said): (RolloutEvent & { readonly at: string })[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as RolloutEvent & { at: string });
}

/** A text without line breaks, as reports are wrapped. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}
