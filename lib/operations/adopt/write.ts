import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TakeInStep } from '../../adopt/take-in';
import { adoptedMachineInState, adoptedVolumeInState } from '../../dialects/stored';
import { UserError } from '../../model/user-error';
import type { Plan, ResourceChange } from '../../review';
import { parsePlan } from '../../review';
import type { Terraform } from '../../tools/terraform';
import type { NewObject } from '../../tools/terraform-state-edit';
import { withObjects, withoutObjects } from '../../tools/terraform-state-edit';
import type { Context } from '../context';
import { providerInState } from '../repair/provider';
import type { RepairStack } from '../repair/stack';
import { keepBackup, pushText, putBack } from '../repair/state-backup';

/**
 * Makes a state hold what is adopted, and Terraform's plan empty: what is at other addresses is forgotten, overlays and
 * machines are written with the attributes that Terraform plans to make them with, data volumes are imported by `import`
 * blocks. Only a plan that does nothing to any of it is applied at the end, for the triggers and outputs of the stack.
 *
 * @throws UserError when Terraform would do more; the state then holds again what it held
 */
export async function writeAdopted(
  terraform: Terraform,
  stack: RepairStack,
  steps: readonly TakeInStep[],
  context: Context,
): Promise<void> {
  const writing = new Writing(
    terraform,
    stack,
    steps,
    context,
    await mkdtemp(join(tmpdir(), 'regraft-adopt-')),
  );
  try {
    await writing.run();
  } finally {
    await writing.clean();
  }
}

class Writing {
  private readonly folder: string;
  private readonly name: string;
  private backup?: string;
  private written?: string;

  constructor(
    private readonly terraform: Terraform,
    private readonly stack: RepairStack,
    private readonly steps: readonly TakeInStep[],
    private readonly context: Context,
    private readonly work: string,
  ) {
    this.folder = stack.stack.folder;
    this.name = stack.stack.name;
  }

  async run(): Promise<void> {
    if (this.stack.stateText !== undefined)
      this.backup = await keepBackup(this.stack, this.stack.stateText, this.context);
    try {
      await this.forget();
      const before = await this.plan('plan');
      this.refuseMore(before);
      await this.writeVolumes(before);
      await this.importVolumes();
      await this.writeMachines(await this.plan('plan of the machines'));
      await this.settle();
    } catch (error) {
      await this.putBack(error);
    }
  }

  async clean(): Promise<void> {
    await rm(this.work, { recursive: true, force: true });
    await rm(this.importFile, { force: true });
  }

  private get importFile(): string {
    return join(this.folder, 'regraft-adopt.tf.json');
  }

  private async plan(step: string, targets: readonly string[] = []): Promise<Plan> {
    this.context.progress(step, this.name);
    const refusal = await this.terraform.plan(this.folder, { out: this.planFile, targets });
    if (refusal) throw this.terraform.failure('plan what is adopted', refusal);
    return parsePlan(await this.terraform.showJson(this.folder, this.planFile));
  }

  private get planFile(): string {
    return join(this.work, 'plan');
  }

  /** Whatever else the code asks for has to be applied before, or asked for later. */
  private refuseMore({ changes }: Plan): void {
    const own = new Set(this.steps.map(({ address }) => address));
    const more = changes.filter(
      (change) => !isNothing(change) && !own.has(change.address) && !isTrigger(change),
    );
    if (more.length === 0) return;
    const [{ address, actions } = more[0]!] = more;
    throw new UserError(
      `the code of stack ${this.name} asks for more than what is adopted: ${actions.join(' and ')} ${address}${more.length > 1 ? ` and ${more.length - 1} more` : ''}; take that out until the machines are adopted`,
      more.map((change) => `${change.actions.join(' and ')} ${change.address}`).join('\n'),
    );
  }

  /** Drops what is taken in at another address; its provider may have no configuration in this stack to plan with. */
  private async forget(): Promise<void> {
    const gone = this.steps.filter(({ kind }) => kind === 'forget').map(({ address }) => address);
    if (gone.length > 0) await this.push(withoutObjects(this.stack.stateText!, gone));
  }

  private async writeVolumes(plan: Plan): Promise<void> {
    const volumes = this.steps.filter(({ kind }) => kind === 'write-volume');
    if (volumes.length === 0) return;
    const objects = await Promise.all(
      volumes.map(async ({ host, address, what, id, volume }): Promise<NewObject> => {
        const role = this.stack.wanted!.addresses[address];
        const facts = { name: what, path: id, ...volume! };
        return {
          address,
          provider: await providerInState(host, this.stack),
          attributes: adoptedVolumeInState(this.generation(host), plannedOf(plan, address), facts),
          dependencies: [],
          createBeforeDestroy: role?.role === 'overlay',
        };
      }),
    );
    await this.push(withObjects(await this.terraform.pullState(this.folder), objects));
  }

  /** Imports by Terraform's own `import` blocks, in a file that is only there meanwhile. */
  private async importVolumes(): Promise<void> {
    const volumes = this.steps.filter(({ kind }) => kind === 'import-volume');
    if (volumes.length === 0) return;
    const blocks = volumes.map(({ address, id }) => ({ to: address, id }));
    await writeFile(this.importFile, JSON.stringify({ import: blocks }));
    const plan = await this.plan(
      'plan the imports',
      volumes.map(({ address }) => address),
    );
    this.refuseChanges(plan);
    this.context.progress('import', this.name);
    const refusal = await this.terraform.apply(this.folder, this.planFile);
    await rm(this.importFile, { force: true });
    if (refusal) throw this.terraform.failure('import the data volumes', refusal);
    this.written = (await this.terraform.pullState(this.folder))!;
  }

  private async writeMachines(plan: Plan): Promise<void> {
    const machines = this.steps.filter(({ kind }) => kind === 'write-machine');
    if (machines.length === 0) return;
    const objects = await Promise.all(
      machines.map(async ({ host, address, id, clone }): Promise<NewObject> => ({
        address,
        provider: await providerInState(host, this.stack),
        attributes: adoptedMachineInState(this.generation(host), plannedOf(plan, address), id),
        dependencies: this.volumesOf(clone!),
        createBeforeDestroy: false,
      })),
    );
    await this.push(withObjects(await this.terraform.pullState(this.folder), objects));
  }

  /** Applies the plan that is left, which touches nothing but the state: triggers and outputs. */
  private async settle(): Promise<void> {
    this.refuseChanges(await this.plan('plan again'));
    this.context.progress('write triggers and outputs', this.name);
    const refusal = await this.terraform.apply(this.folder, this.planFile);
    if (refusal) throw this.terraform.failure('write the outputs', refusal);
  }

  private refuseChanges({ changes }: Plan): void {
    const more = changes.filter((change) => !isNothing(change) && !isTrigger(change));
    if (more.length === 0) return;
    const [first] = more;
    throw new UserError(
      `${this.terraform.about.product} would ${first!.actions.join(' and ')} ${first!.address}, which is adopted as it is: ${differences(first!)}`,
      more.map((change) => `${change.address}: ${differences(change)}`).join('\n'),
    );
  }

  private async push(text: string): Promise<void> {
    this.context.progress('write into the state', this.name);
    this.written = text;
    await pushText(this.terraform, this.folder, this.work, text);
  }

  private async putBack(problem: unknown): Promise<never> {
    if (!(problem instanceof UserError) || this.written === undefined) throw problem;
    return putBack(
      this.terraform,
      this.folder,
      this.stack.stateText,
      this.written,
      (text) => this.push(text),
      {
        error: problem.message,
        words: problem.detail,
        ...(this.backup === undefined ? {} : { backup: this.backup }),
        advice: { back: '', notBack: '' },
      },
    );
  }

  private generation(host: string) {
    return this.stack.wanted!.hosts[host]!.provider;
  }

  /** The blocks of a clone's volumes, on which its machine depends. */
  private volumesOf(name: string): string[] {
    const clone = Object.values(this.stack.wanted!.pools)
      .map(({ clones }) => clones[name])
      .find((one) => one?.adopted)!;
    const blocks = Object.values(clone.volumes).map(({ address }) => address.replace(/\[.*$/, ''));
    return [...new Set(blocks)].sort();
  }
}

function isNothing({ actions }: ResourceChange): boolean {
  return actions.every((action) => action === 'no-op' || action === 'read');
}

/** Making one does nothing outside of the state. */
function isTrigger({ type, actions }: ResourceChange): boolean {
  return type === 'terraform_data' && actions.join() === 'create';
}

function plannedOf({ changes }: Plan, address: string): object {
  const change = changes.find((one) => one.address === address);
  if (change?.actions.join() === 'create') return change.after as object;
  throw new UserError(
    `${address} is not planned to be created, but ${change?.actions.join(' and ') ?? 'not at all'}: run the command again`,
  );
}

/** In what attributes an object is other than the code says. */
function differences({ before, after }: ResourceChange): string {
  const [was, next] = [before, after].map((values) => (values ?? {}) as Record<string, unknown>);
  const names = [...new Set([...Object.keys(was!), ...Object.keys(next!)])].filter(
    (name) => name in next! && plain(was![name]) !== plain(next![name]),
  );
  const told = names.map((name) => `${name} is ${short(was![name])}, planned ${short(next![name])}`);
  return told.length === 0 ? 'see terraform plan' : told.join('; ');
}

/** A value without what a provider writes for nothing. */
function plain(value: unknown): string {
  return JSON.stringify(value ?? null, (_, part: unknown) =>
    part === '' || part === null || part === false || part === 0 || (Array.isArray(part) && part.length === 0)
      ? undefined
      : part,
  );
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'not set';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
