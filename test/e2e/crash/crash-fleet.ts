import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Lab } from '../../../lab/lab';
import { Machines, volumeOf } from '../../../lab/machines';
import type { CodeChange } from '../../../lab/project';
import { Project } from '../../../lab/project';
import { parseState } from '../../../lib/tools/terraform-state';
import { Regraft } from '../regraft';
import { killTree } from '../../../lab/process-tree';

const run = promisify(execFile);

/** When a run is killed: some time after its start, or as soon as it tells of something. */
export type KillPoint =
  | { readonly after: number }
  | { readonly phase: string; readonly clone?: string }
  | { readonly wave: number }
  /** As soon as what it is given calls. */
  | { readonly when: (kill: () => void) => void };

/** A fleet of real machines with real file systems on their data volumes, whose rollouts are broken off. */
export class CrashFleet {
  readonly project: Project;
  readonly machines: Machines;
  readonly regraft: Regraft;
  readonly clones: string[];
  /** Half of the machines run, so that both kinds are carried through. */
  readonly running: string[];
  /** Machines that a killed provider 0.8 has left running: it starts each that it defines for a moment. */
  readonly leftRunning = new Set<string>();
  private notes = 0;

  constructor(
    readonly lab: Lab,
    count: number,
    uri = lab.uri,
  ) {
    this.project = new Project(lab);
    this.machines = new Machines(lab);
    this.regraft = new Regraft(lab, this.project, uri);
    this.clones = Array.from(
      { length: count },
      (_, index) => `student-${String(index + 1).padStart(2, '0')}`,
    );
    this.running = this.clones.filter((_, index) => index % 2 === 0);
  }

  /** The code without a rebase, and with one of all clones in three waves. */
  get stages(): { readonly settled: CodeChange; readonly rebased: CodeChange } {
    const settled: CodeChange = {
      bases: ['v1', 'v2'],
      base: 'v1',
      clones: this.clones,
      health: { retries: 120 },
    };
    return { settled, rebased: { ...settled, rebase: { waves: [1, '50%', '100%'] } } };
  }

  /** Makes the fleet and boots half of it. */
  async create(): Promise<void> {
    this.project.write(this.stages.settled);
    await this.applies();
    await this.machines.bootOnce(...this.clones);
    await this.machines.boot(...this.running);
  }

  /** Writes on the data volume of each machine that runs; returns what was written. */
  async writeNotes(): Promise<string> {
    const note = `note-${++this.notes}`;
    for (const clone of this.running) await this.machines.note(clone, 'home', note);
    return note;
  }

  /** Runs `regraft apply` and kills it with all that it has started; says whether it was over before. */
  async applyAndKill(point: KillPoint): Promise<'killed' | 'over'> {
    const program = join(__dirname, '../../../dist/cli/bin.js');
    const child = spawn('node', [program, 'apply', '--auto-approve', '--json', '--shutdown-timeout', '60'], {
      cwd: this.project.folder,
      env: this.regraft.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let killed = false;
    const kill = (): void => {
      if (killed || child.exitCode !== null) return;
      killed = true;
      killTree(child.pid!);
    };
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    if ('after' in point) setTimeout(kill, point.after).unref();
    if ('when' in point) point.when(kill);
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as { event: string; phase?: string; clone?: string; wave?: number };
      if ('phase' in point && event.phase === point.phase && (point.clone ?? event.clone) === event.clone)
        kill();
      if ('wave' in point && event.event === 'wave' && event.wave === point.wave) kill();
    }
    await ended;
    const active = (await this.lab.virsh('list', '--name')).trim().split('\n');
    for (const clone of this.clones) {
      if (killed && active.includes(clone) && !this.running.includes(clone)) this.leftRunning.add(clone);
    }
    return killed ? 'killed' : 'over';
  }

  /** Runs `regraft apply` again as a user would, and throws with all that it said when it does not end well. */
  async applies(): Promise<void> {
    const { exitCode, stdout, stderr } = await this.regraft.run(
      'apply',
      '--auto-approve',
      '--shutdown-timeout',
      '60',
    );
    if (exitCode !== 0) throw new Error(`regraft apply ended with ${exitCode}:\n${stdout}\n${stderr}`);
  }

  /** All that is wrong with the fleet, given what it should be; empty when nothing is. */
  async faults(given: {
    readonly base: 'v1' | 'v2';
    readonly note: string;
    readonly digests: Readonly<Record<string, string>>;
  }): Promise<string[]> {
    const faults: string[] = [];
    const plan = await this.regraft.run('plan', '--synthesized');
    if (plan.exitCode !== 0)
      faults.push(`regraft plan ended with ${plan.exitCode}: ${plan.stdout}${plan.stderr}`);
    const names = (await this.lab.virsh('list', '--all', '--name')).trim().split('\n').sort();
    if (names.join() !== this.clones.join()) faults.push(`machines are ${names.join()}`);
    for (const clone of this.clones) faults.push(...(await this.faultsOf(clone, given.base)));
    faults.push(...(await this.strayFiles()), ...this.deletedFiles());
    const boots = this.running;
    await this.machines.shutDown(...boots);
    for (const [file, digest] of Object.entries(await this.machines.dataDigests())) {
      // A machine that was booted has written to its own volume; one that was off throughout has not.
      const booted = [...boots, ...this.leftRunning].some((clone) => file.startsWith(`${clone}.`));
      if (!booted && digest !== given.digests[file]) {
        faults.push(`${file} is not what it was`);
      }
      faults.push(...(await this.unclean(file)));
    }
    const found = await this.machines.boot(...boots);
    for (const clone of boots) {
      const home = volumeOf(found[clone], 'home');
      if (home.fresh !== false || !home.notes?.includes(given.note))
        faults.push(`${clone} has lost ${given.note}`);
      if (found[clone]!.os !== given.base) faults.push(`${clone} runs ${found[clone]!.os}`);
    }
    return faults;
  }

  private async faultsOf(clone: string, base: string): Promise<string[]> {
    // By provider a source is the name of a volume or its path.
    const sources = Object.entries(await this.machines.disks(clone));
    const disks = Object.fromEntries(sources.map(([target, source]) => [target, basename(source)]));
    const state = (await this.lab.virsh('domstate', clone)).trim();
    const wanted = this.running.includes(clone) ? 'running' : 'shut off';
    return [
      ...(disks['vda']?.startsWith(`${clone}.root.guest-${base}.`) ? [] : [`${clone} is on ${disks['vda']}`]),
      ...(disks['vdc'] === `${clone}.home.data.qcow2` ? [] : [`${clone} has ${disks['vdc']} as its data`]),
      ...(state === wanted ? [] : [`${clone} is ${state}, expected ${wanted}`]),
    ];
  }

  /** Files that the state does not know, and volumes of the state without a file. */
  private async strayFiles(): Promise<string[]> {
    const { text } = await this.project.terraform('state', 'pull');
    const known = parseState(text)
      .objects.filter(({ type }) => type === 'libvirt_volume')
      .map(({ attributes }) => String(attributes['name']))
      .sort();
    // What regraft's own provider notes of a base is no volume.
    const files = (await this.machines.files()).filter((file) => !file.endsWith('.base.json'));
    return [
      ...files.filter((file) => !known.includes(file)).map((file) => `${file} is an orphan`),
      ...known.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    ];
  }

  /** Files that are deleted while a machine of this lab has them open. */
  private deletedFiles(): string[] {
    return readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap((pid) => {
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          if (!command.includes('qemu-system') || !command.includes(this.lab.directory)) return [];
          return readdirSync(`/proc/${pid}/fd`)
            .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
            .filter((path) => path.includes('.qcow2') && path.endsWith('(deleted)'))
            .map((path) => `a machine runs on ${path}`);
        } catch {
          return [];
        }
      });
  }

  /** What `e2fsck -n` finds wrong with the file system on a data volume. */
  private async unclean(file: string): Promise<string[]> {
    const folder = mkdtempSync('/tmp/regraft-fsck-');
    const raw = join(folder, 'raw');
    try {
      await run('qemu-img', ['convert', '-O', 'raw', join(this.machines.storage, file), raw]);
      await run('e2fsck', ['-f', '-n', raw]);
      return [];
    } catch (error) {
      return [`${file} is not clean: ${(error as { stdout?: string }).stdout ?? String(error)}`];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
