import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestImage } from '../../../lab/guest';
import type { Lab } from '../../../lab/lab';
import { terraformEnv } from '../../../lab/provider';

/** What Terraform tells of a configuration, at the line that it points to. */
export interface Told {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly address: string;
  /** The line of the configuration, without the spaces around it; empty when it points to none. */
  readonly code: string;
}

/** How a command of Terraform ended. */
export interface Outcome {
  readonly exitCode: number;
  readonly told: readonly Told[];
  /** What the plan or the apply does, such as `update regraft_clone.a`. */
  readonly changes: readonly string[];
  readonly text: string;
}

/** A folder with HCL that Terraform (or what TERRAFORM_BINARY_NAME names) works on. */
export class Hcl {
  private readonly env: NodeJS.ProcessEnv = { ...process.env, ...terraformEnv() };
  readonly folder: string;

  /** @param through a program that Terraform is started by, and its arguments */
  constructor(
    lab: Lab,
    name: string,
    private readonly through: readonly string[] = [],
  ) {
    this.folder = join(lab.directory, 'hcl', name);
    mkdirSync(this.folder, { recursive: true });
  }

  write(...blocks: readonly string[]): void {
    writeFileSync(join(this.folder, 'main.tf'), `${[REQUIRED, ...blocks].join('\n')}\n`);
  }

  init(): Promise<Outcome> {
    return this.must('init', '-input=false');
  }

  plan(...args: string[]): Promise<Outcome> {
    return this.run('plan', '-input=false', '-json', ...args);
  }

  apply(...args: string[]): Promise<Outcome> {
    return this.run('apply', '-auto-approve', '-input=false', '-json', ...args);
  }

  /** Applies; throws with what was told when that fails. */
  async applied(...args: string[]): Promise<Outcome> {
    const outcome = await this.apply(...args);
    if (outcome.exitCode === 0) return outcome;
    throw new Error(`apply ended with ${outcome.exitCode}:\n${JSON.stringify(outcome.told, null, 2)}`);
  }

  async must(...args: string[]): Promise<Outcome> {
    const outcome = await this.run(...args);
    if (outcome.exitCode === 0) return outcome;
    throw new Error(`terraform ${args.join(' ')} ended with ${outcome.exitCode}:\n${outcome.text}`);
  }

  private run(...args: string[]): Promise<Outcome> {
    const options = { cwd: this.folder, env: this.env, maxBuffer: 2 ** 26 };
    const [program, ...words] = [...this.through, this.env['TERRAFORM_BINARY_NAME']!, ...args];
    return new Promise((resolve) => {
      execFile(program!, words, options, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ exitCode, ...read(stdout), text: stdout + stderr });
      });
    });
  }
}

const REQUIRED = 'terraform {\n  required_providers {\n    regraft = { source = "regraft/regraft" }\n  }\n}';

/** Messages of `-json`, a line each. */
interface Message {
  readonly type?: string;
  readonly diagnostic?: {
    readonly severity: Told['severity'];
    readonly summary: string;
    readonly address?: string;
    readonly snippet?: { readonly code: string };
  };
  readonly change?: { readonly action: string; readonly resource: { readonly addr: string } };
}

function read(text: string): Pick<Outcome, 'told' | 'changes'> {
  const messages = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Message);
  const told = messages.flatMap(({ diagnostic }) =>
    diagnostic === undefined
      ? []
      : [
          {
            severity: diagnostic.severity,
            summary: diagnostic.summary,
            address: diagnostic.address ?? '',
            code: diagnostic.snippet?.code.trim() ?? '',
          },
        ],
  );
  const changes = messages.flatMap(({ type, change }) =>
    type === 'planned_change' ? [`${change!.action} ${change!.resource.addr}`] : [],
  );
  return { told, changes: changes.sort() };
}

/** The provider's block for a pool of the lab. */
export function providerBlock(lab: Lab, pool: string, more: Readonly<Record<string, string>> = {}): string {
  const given: Record<string, string> = {
    uri: JSON.stringify(lab.uri),
    plan_time: 'plantimestamp()',
    ...more,
  };
  const path = given['path'] ?? JSON.stringify(join(lab.pools, pool));
  delete given['path'];
  return `provider "regraft" {\n${lines(given)}\n  storage {\n    name = ${JSON.stringify(pool)}\n    path = ${path}\n  }\n}`;
}

/** A base of a system and a data volume. */
export function baseBlock(name: string, more: Readonly<Record<string, string>> = {}): string {
  const given = {
    name: JSON.stringify(name),
    volumes: `{
    root = { type = "system", image = ${JSON.stringify(guestImage(name.endsWith('2') ? 'v2' : 'v1'))} }
    home = { type = "data", size = 4194304 }
  }`,
    ...more,
  };
  return `resource "regraft_base" "${name}" {\n${lines(given)}\n}`;
}

/** A clone with the outline of {@link baseBlock}; an attribute that is empty is left out. */
export function cloneBlock(
  name: string,
  base: string,
  more: Readonly<Record<string, string>> = {},
  address = name,
): string {
  const given = {
    name: JSON.stringify(name),
    base: `regraft_base.${base}.name`,
    volumes: '{ root = { type = "system" }, home = { type = "data" } }',
    domain_xml: JSON.stringify(domainXml()),
    ...more,
  };
  return `resource "regraft_clone" "${address}" {\n${lines(given)}\n}`;
}

/** A machine that boots, in one line. */
export function domainXml(devices = "<serial type='pty'/><console type='pty'/>", machine = 'q35'): string {
  return `<domain type='qemu'><memory unit='MiB'>128</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='${machine}'>hvm</type></os><features><acpi/></features><devices>${devices}</devices></domain>`;
}

function lines(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => (name.startsWith('lifecycle') ? `  lifecycle ${value}` : `  ${name} = ${value}`))
    .join('\n');
}
