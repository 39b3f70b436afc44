import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Lab } from '../../../../lab/lab';
import type { GuestBoot } from '../../../../lab/guest';
import { Machines, volumeOf } from '../../../../lab/machines';
import type { CodeChange } from '../../../../lab/project';
import { Project } from '../../../../lab/project';
import { terraformEnv } from '../../../../lab/provider';
import { VirshConnection } from '../../../../lib/tools/virsh-connection';
import { killTree, processTree } from '../../../../lab/process-tree';
import type { Moment, RpcGate } from '../../crash/rpc-gate';

const run = promisify(execFile);

/** What a fleet goes through, in this order, again and again. */
export const OPERATIONS = ['create', 'rebase', 'revert', 'destroy'] as const;

/** One of {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number];

/** Who is killed amid an apply. */
export const VICTIMS = ['provider', 'terraform', 'both', 'libvirtd'] as const;

/** One of {@link VICTIMS}. */
export type Victim = (typeof VICTIMS)[number];

/** How an apply ended amid which somebody was killed; one that has lost libvirt has waited for it, or failed with words. */
export type Ending = 'killed' | 'waited' | 'failed' | 'over';

/** When somebody is killed: some milliseconds after the provider began to apply, or at one call to libvirt. */
export type When = { readonly after: number } | { readonly at: Moment };

/** A `terraform apply` that runs. */
interface Apply {
  readonly child: ChildProcess;
  /** When the provider began to change things. */
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
  /** What it said until now. */
  said(): string;
}

/** A fleet of regraft's own provider that plain Terraform carries through its operations, and that is killed on the way. */
export class KilledFleet {
  readonly project: Project;
  readonly machines: Machines;
  readonly clones: readonly string[];
  /** The machines that run; the others are off throughout. */
  readonly running: readonly string[];
  private readonly virsh: VirshConnection;
  private digests: Readonly<Record<string, string>> = {};
  private boots: Readonly<Record<string, GuestBoot>> = {};
  /** The synthesized stack of each code, since the code's outcome is always the same. */
  private readonly stacks = new Map<string, string>();

  constructor(
    readonly lab: Lab,
    private readonly gate: RpcGate,
    clones: number,
    running: number,
  ) {
    this.project = new Project(lab, 'lab/stack/main.ts', 'regraft');
    this.machines = new Machines(lab);
    this.virsh = new VirshConnection(lab.uri, { env: process.env });
    this.clones = Array.from(
      { length: clones },
      (_, index) => `student-${String(index + 1).padStart(2, '0')}`,
    );
    this.running = this.clones.slice(0, running);
  }

  /** Writes what the code says for an operation and makes Terraform ready for it. */
  async write(operation: Operation): Promise<void> {
    const fleet: CodeChange = { bases: ['v1', 'v2'], base: 'v1', clones: this.clones };
    const code: Record<Operation, CodeChange> = {
      create: fleet,
      rebase: { ...fleet, rebase: {} },
      revert: fleet,
      destroy: { ...fleet, clones: [] },
    };
    const key = JSON.stringify(code[operation]);
    const known = this.stacks.get(key);
    if (known !== undefined) return this.writeStack(known);
    this.project.write(code[operation]);
    await this.project.synth();
    this.stacks.set(key, this.project.synthesized());
  }

  /** Runs `terraform apply` to its end, and says how many milliseconds the provider took; throws with what it said when it fails. */
  async applies(): Promise<number> {
    const apply = this.startApply();
    await Promise.race([apply.begun, apply.ended]);
    const begun = Date.now();
    await apply.ended;
    const { exitCode } = apply.child;
    if (exitCode !== 0)
      throw new Error(`terraform apply ended with ${exitCode}:\n${apply.said().slice(-6000)}`);
    return Date.now() - begun;
  }

  /** Runs `terraform apply` to its end, and does something at one call to libvirt, whose answer is lost. */
  async appliesWhile(moment: Moment, act: () => Promise<unknown>): Promise<void> {
    const stack = this.project.synthesized();
    this.writeStack(stack.replaceAll(this.lab.uri, this.gate.uri));
    let acting: Promise<unknown> | undefined;
    this.gate.at(moment, () => (acting = act()));
    const apply = this.startApply();
    await apply.ended;
    await acting;
    this.writeStack(stack);
    if (acting === undefined || apply.child.exitCode !== 0)
      throw new Error(`terraform apply ended with ${apply.child.exitCode}:\n${apply.said().slice(-6000)}`);
  }

  /** Does something that starts the machines that run, and looks at what they find when they have booted. */
  async watchBoots(operation: Operation, act: () => Promise<void>): Promise<void> {
    if (operation === 'rebase' || operation === 'revert')
      this.boots = await this.machines.booted(this.running, act);
    else await act();
  }

  /** Runs `terraform apply` and kills somebody amid it; says how it ended, or that it was over before. */
  async applyAndKill(victim: Victim, when: When): Promise<Ending> {
    const stack = this.project.synthesized();
    // The gate stands in front of libvirt for this apply only.
    if ('at' in when) this.writeStack(stack.replaceAll(this.lab.uri, this.gate.uri));
    const { child, begun, ended, said } = this.startApply();
    let over: boolean;
    if ('at' in when) {
      let killing = Promise.resolve();
      this.gate.at(when.at, () => void (killing = this.kill(victim, child.pid!)));
      await ended;
      await killing;
      over = this.gate.isArmed;
      this.writeStack(stack);
    } else {
      await Promise.race([begun, ended]);
      await Promise.race([sleep(when.after), ended]);
      over = child.exitCode !== null;
      if (!over) await this.kill(victim, child.pid!);
      await ended;
    }
    // Terraform's death is noticed by a provider that was left alive, which finishes the step under way.
    await this.providersEnd();
    if (over) return 'over';
    if (victim !== 'libvirtd') return 'killed';
    if (child.exitCode === 0) return 'waited';
    if (/^.*Error: (?!.*[Pp]lugin)/m.test(said())) return 'failed';
    throw new Error(`without libvirtd the apply ended with ${child.exitCode} and no words:\n${said()}`);
  }

  private startApply(): Apply {
    const env: NodeJS.ProcessEnv = { ...process.env, ...terraformEnv() };
    const child = spawn(
      env['TERRAFORM_BINARY_NAME']!,
      ['apply', '-input=false', '-auto-approve', '-no-color'],
      { cwd: this.project.stackFolder, env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    const begun = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          const plan = said.indexOf('\nPlan:');
          if (plan >= 0 && /^regraft_\S+: \w+ing\.\.\./m.test(said.slice(plan))) resolve();
        });
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    return { child, begun, ended, said: () => said };
  }

  /** Puts back the kept state where Terraform was killed while it wrote, as its user would. */
  mendState(): void {
    const state = join(this.project.folder, 'terraform.lab.tfstate');
    if (!existsSync(state) || isJson(readFileSync(state, 'utf8'))) return;
    copyFileSync(`${state}.backup`, state);
  }

  /** Writes on all data volumes, in running machines by their guests, and notes what is on them. */
  async writeData(): Promise<void> {
    if (this.running.length > 0) await this.machines.boot(...this.running);
    for (const name of this.running) await this.machines.note(name, 'home', `data-of-${name}`);
    for (const file of await this.dataFiles()) {
      const pattern = String(1 + (file.length % 200));
      await run('qemu-io', [
        '-f',
        'qcow2',
        '-c',
        `write -P ${pattern} 1M 64k`,
        join(this.machines.storage, file),
      ]);
    }
    this.digests = await this.machines.dataDigests();
  }

  /** All that is not as it should be after an operation. */
  async faults(operation: Operation): Promise<string[]> {
    const there = operation !== 'destroy';
    const base = operation === 'rebase' ? 'v2' : 'v1';
    const faults: string[] = [];
    const names = (await this.lab.virsh('list', '--all', '--name'))
      .split('\n')
      .filter((name) => name !== '')
      .sort();
    if (names.join() !== (there ? this.clones : []).join()) faults.push(`machines are ${names.join()}`);
    const [disks, states, definitions] = await Promise.all(
      [['domblklist', '--inactive'], ['domstate'], ['dumpxml', '--inactive']].map((words) =>
        this.virsh.batch(names.map((name) => [...words, name])),
      ),
    );
    const used: string[] = [];
    for (const [index, name] of names.entries()) {
      const own = [...disks![index]!.matchAll(/\S+\.(?:qcow2|iso)$/gm)].map(([path]) => basename(path));
      used.push(...own);
      if (!own[0]?.startsWith(`${name}.root.guest-${base}.`)) faults.push(`${name} is on ${own[0]}`);
      const state = states![index]!.trim();
      const wanted = operation !== 'create' && this.running.includes(name) ? 'running' : 'shut off';
      if (state !== wanted) faults.push(`${name} is ${state}, expected ${wanted}`);
      if (definitions![index]!.includes('xmlns/ran/')) faults.push(`${name} still has the note that it ran`);
    }
    const files = (await this.machines.files()).filter(
      (file) => !/^guest-v[12]\.(root\.base\.qcow2|base\.json)$/.test(file),
    );
    const retained = operation === 'rebase' ? /^student-\d+\.root\.guest-v1\.\d{14}\.qcow2$/ : /^$/;
    faults.push(
      ...files
        .filter((file) => !used.includes(file) && !retained.test(file) && !file.endsWith('.data.qcow2'))
        .map((file) => `${file} is an orphan`),
      ...used.filter((file) => !files.includes(file)).map((file) => `${file} is missing`),
    );
    const expected = operation === 'rebase' ? names.length : 0;
    const kept = files.filter((file) => retained.test(file) && !used.includes(file)).length;
    if (kept !== expected) faults.push(`${kept} retained overlays, expected ${expected}`);
    if (operation === 'rebase' || operation === 'revert') faults.push(...this.unseenData());
    faults.push(...(await this.lostData()), ...(await this.changes()));
    return faults;
  }

  private async lostData(): Promise<string[]> {
    const now = await this.machines.dataDigests();
    const off = Object.entries(this.digests).filter(
      ([file]) => !this.running.some((name) => file.startsWith(`${name}.`)),
    );
    return [
      ...Object.keys(this.digests)
        .filter((file) => now[file] === undefined)
        .map((file) => `${file} is lost`),
      ...off.filter(([file, digest]) => now[file] !== digest).map(([file]) => `${file} is not what it was`),
    ];
  }

  /** What the machines that run did not find again on their data volumes. */
  private unseenData(): string[] {
    return this.running.flatMap((name) => {
      const { notes = [] } = volumeOf(this.boots[name], 'home');
      return notes.length > 0 && notes.every((note) => note === `data-of-${name}`)
        ? []
        : [`${name} finds ${notes.join()} on its data volume`];
    });
  }

  private writeStack(text: string): void {
    writeFileSync(join(this.project.stackFolder, 'cdk.tf.json'), text);
  }

  /** What a plan would still change. */
  private async changes(): Promise<string[]> {
    const { exitCode, text } = await this.project.terraform(
      'plan',
      '-input=false',
      '-no-color',
      '-detailed-exitcode',
    );
    return exitCode === 0 ? [] : [`terraform plan ended with ${exitCode}: ${text.slice(-3000)}`];
  }

  private async dataFiles(): Promise<string[]> {
    const off = this.clones.filter((name) => !this.running.includes(name));
    return (await this.machines.files()).filter(
      (file) => file.endsWith('.data.qcow2') && off.some((name) => file.startsWith(`${name}.`)),
    );
  }

  private async kill(victim: Victim, terraform: number): Promise<void> {
    if (victim === 'libvirtd') {
      await this.lab.killLibvirtd();
      await sleep(500);
      return this.lab.startLibvirtd();
    }
    if (victim === 'both') return killTree(terraform);
    const pids =
      victim === 'terraform' ? [terraform] : processTree(terraform).filter((pid) => isProvider(pid));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  }

  private async providersEnd(): Promise<void> {
    const end = Date.now() + 60_000;
    while ((await this.providers()).length > 0) {
      if (Date.now() > end) throw new Error('a provider outlives Terraform by more than 60 s');
      await sleep(100);
    }
  }

  private async providers(): Promise<number[]> {
    const { stdout } = await run('ps', ['-e', '-o', 'pid=']);
    return stdout
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0 && isProvider(pid) && worksIn(pid, this.project.stackFolder));
  }
}

function isProvider(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).includes('terraform-provider-regraft');
}

function worksIn(pid: number, folder: string): boolean {
  return (
    read(`/proc/${pid}/environ`).split('\0').includes(`PWD=${folder}`) ||
    read(`/proc/${pid}/cmdline`).includes(folder)
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
