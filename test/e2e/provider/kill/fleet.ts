import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Lab } from '../../../../lab/lab';
import { Machines } from '../../../../lab/machines';
import type { CodeChange } from '../../../../lab/project';
import { Project } from '../../../../lab/project';
import { terraformEnv } from '../../../../lab/provider';
import { killTree, processTree } from '../../crash/process-tree';

const run = promisify(execFile);

/** What a fleet goes through, in this order, again and again. */
export const OPERATIONS = ['create', 'rebase', 'revert', 'destroy'] as const;

/** One of {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number];

/** Who is killed amid an apply. */
export const VICTIMS = ['provider', 'terraform', 'both', 'libvirtd'] as const;

/** One of {@link VICTIMS}. */
export type Victim = (typeof VICTIMS)[number];

/** A fleet of regraft's own provider that plain Terraform carries through its operations, and that is killed on the way. */
export class KilledFleet {
  readonly project: Project;
  readonly machines: Machines;
  readonly clones: readonly string[];
  /** The machines that run; the others are off throughout. */
  readonly running: readonly string[];
  private digests: Readonly<Record<string, string>> = {};

  constructor(
    readonly lab: Lab,
    clones: number,
    running: number,
  ) {
    this.project = new Project(lab, 'lab/stack/main.ts', 'regraft');
    this.machines = new Machines(lab);
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
    this.project.write(code[operation]);
    await this.project.synth();
    const { exitCode, text } = await this.project.terraform('init', '-input=false', '-no-color');
    if (exitCode !== 0) throw new Error(`terraform init ended with ${exitCode}:\n${text.slice(-2000)}`);
  }

  /** Runs `terraform apply` to its end; throws with what it said when it fails. */
  async applies(): Promise<void> {
    const { exitCode, text } = await this.project.terraform(
      'apply',
      '-input=false',
      '-auto-approve',
      '-no-color',
    );
    if (exitCode !== 0) throw new Error(`terraform apply ended with ${exitCode}:\n${text.slice(-6000)}`);
  }

  /** Runs `terraform apply` and kills somebody some milliseconds after the provider began to apply; says whether it was over before. */
  async applyAndKill(victim: Victim, after: number): Promise<'killed' | 'over'> {
    const env: NodeJS.ProcessEnv = { ...process.env, ...terraformEnv() };
    const child = spawn(
      env['TERRAFORM_BINARY_NAME']!,
      ['apply', '-input=false', '-auto-approve', '-no-color'],
      {
        cwd: this.project.stackFolder,
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    let said = '';
    const begun = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/^(regraft_\S+|Apply complete).*$/m.test(said.slice(said.indexOf('\nPlan:')))) resolve();
      });
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await Promise.race([begun, ended]);
    await Promise.race([sleep(after), ended]);
    const over = child.exitCode !== null;
    if (!over) await this.kill(victim, child.pid!);
    await ended;
    // Terraform's death is noticed by a provider that was left alive, which finishes the step under way.
    await this.providersEnd();
    return over ? 'over' : 'killed';
  }

  /** Puts back the kept state where Terraform was killed while it wrote, as its user would. */
  mendState(): void {
    const state = join(this.project.folder, 'terraform.lab.tfstate');
    if (!existsSync(state) || isJson(readFileSync(state, 'utf8'))) return;
    copyFileSync(`${state}.backup`, state);
  }

  /** Writes on the data volumes of machines that are off, and notes what is on all of them. */
  async writeData(): Promise<void> {
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
    const disks = await Promise.all(names.map((name) => this.machines.disks(name)));
    const used = disks.flatMap((all) =>
      Object.values(all).map((path) => path.slice(path.lastIndexOf('/') + 1)),
    );
    for (const [index, name] of names.entries()) {
      const root = Object.values(disks[index]!).map((path) => path.slice(path.lastIndexOf('/') + 1))[0];
      if (!root?.startsWith(`${name}.root.guest-${base}.`)) faults.push(`${name} is on ${root}`);
      const state = (await this.lab.virsh('domstate', name)).trim();
      const wanted = operation !== 'create' && this.running.includes(name) ? 'running' : 'shut off';
      if (state !== wanted) faults.push(`${name} is ${state}, expected ${wanted}`);
    }
    const files = (await this.machines.files()).filter(
      (file) => !/^guest-v[12]\.root\.base\.qcow2$/.test(file),
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
