import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { realAddress, realAddresses } from '../dialects/regraft/addresses';
import { jsonOf } from '../model/json';
import { UserError } from '../model/user-error';
import type { HeldLock } from './terraform-lock';
import { holdLock } from './terraform-lock';
import type { StateLock } from './terraform-words';
import { errorLine, heldLock, plainWords } from './terraform-words';
import type { Call, Ended, Surroundings } from './process';
import { run } from './process';

/** The oldest Terraform that is supported. */
export const OLDEST_TERRAFORM = '1.5';

/** The program that speaks Terraform: Terraform itself, or OpenTofu. */
export interface TerraformProgram {
  readonly program: string;
  readonly product: 'Terraform' | 'OpenTofu';
  readonly version: string;
}

/** How a plan is made. */
export interface PlanOptions {
  readonly out: string;
  /** @default true */
  readonly refresh?: boolean;
  /** `NAME=VALUE` each. */
  readonly vars?: readonly string[];
  readonly varFiles?: readonly string[];
  /** Addresses that are to be made anew. */
  readonly replace?: readonly string[];
  /** Addresses that the plan is limited to, with what they depend on. @default - all */
  readonly targets?: readonly string[];
  /** @default 10 */
  readonly parallelism?: number;
}

/** The line of history of a state, and where it stands in it. */
export interface StateVersion {
  readonly lineage: string;
  readonly serial: number;
}

/** A folder in which Terraform works in the place of a stack's own. */
export interface StandIn {
  /** The stack's own folder. */
  readonly of: string;
  readonly folder: string;
  /** What is added to Terraform's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** File descriptors of this process that Terraform, and what it starts, have open until they end. */
  readonly keepOpen: readonly number[];
}

/** What Terraform said when it did not do what it was asked. */
export interface Refusal {
  /** Its first error, in one line. */
  readonly error: string;
  /** All that it said, without its frames; it may hold passwords. */
  readonly words: string;
}

const INSTALL =
  'install Terraform 1.5 or later, or OpenTofu and set TERRAFORM_BINARY_NAME=tofu, or set it to the path of either';

/** Terraform or OpenTofu, as a typed client. */
export class Terraform {
  /**
   * Finds the program that TERRAFORM_BINARY_NAME names, `terraform` without it.
   *
   * @throws UserError when there is none, when it is another program or when it is too old
   */
  static async find(surroundings: Surroundings): Promise<Terraform> {
    const program = surroundings.env['TERRAFORM_BINARY_NAME'] || 'terraform';
    const given = { ...surroundings, env: quiet(surroundings.env) };
    const { stdout, stderr } = await run(program, ['version'], { ...given, missing: INSTALL });
    const [, product, version] = /^(Terraform|OpenTofu) v(\d+\.\d+\.\S+)/m.exec(stdout) ?? [];
    if (product === undefined || version === undefined) {
      const said = (stdout + stderr).trim().split('\n')[0] ?? '';
      throw new UserError(
        `${program} version says ${JSON.stringify(said.slice(0, 100))}, expected Terraform or OpenTofu: ${INSTALL}`,
      );
    }
    if (product === 'Terraform' && isOlder(version, OLDEST_TERRAFORM)) {
      throw new UserError(
        `${program} is Terraform ${version}, expected ${OLDEST_TERRAFORM} or later: ${INSTALL}`,
      );
    }
    return new Terraform({ program, product: product as TerraformProgram['product'], version }, given);
  }

  private constructor(
    readonly about: TerraformProgram,
    private readonly surroundings: Surroundings,
    private readonly standIn?: StandIn,
  ) {}

  /** The same program in other surroundings, such as with another signal. */
  with(surroundings: Surroundings): Terraform {
    return new Terraform(this.about, { ...surroundings, env: quiet(surroundings.env) }, this.standIn);
  }

  /** The same program, that works in another folder whenever it is told to work in a stack's. */
  inStandIn(standIn: StandIn): Terraform {
    return new Terraform(this.about, this.surroundings, standIn);
  }

  /** Initializes a stack's folder; returns what Terraform said when it did not. */
  async init(folder: string, options: { upgrade?: boolean } = {}): Promise<Refusal | undefined> {
    const upgrade = options.upgrade ? ['-upgrade'] : [];
    return refusalOf(await this.run(folder, 'init', '-input=false', '-no-color', ...upgrade));
  }

  /** Plans a stack into a plan file; returns what Terraform said when it did not. */
  async plan(folder: string, options: PlanOptions): Promise<Refusal | undefined> {
    const { out, refresh = true, vars = [], varFiles = [], parallelism = 10 } = options;
    const { replace = [], targets = [] } = options;
    return refusalOf(
      await this.run(
        folder,
        'plan',
        '-input=false',
        '-no-color',
        `-out=${out}`,
        `-parallelism=${parallelism}`,
        ...(refresh ? [] : ['-refresh=false']),
        ...varFiles.map((file) => `-var-file=${file}`),
        ...vars.map((value) => `-var=${value}`),
        // What stands inside a resource is made anew by the resource itself.
        ...replace
          .filter((address) => realAddress(address) === address)
          .map((address) => `-replace=${address}`),
        ...realAddresses(targets).map((address) => `-target=${address}`),
      ),
    );
  }

  /**
   * Applies a plan file; returns what Terraform said when it did not, or not to the end.
   *
   * An interrupt lets Terraform finish what it has begun and write its state.
   */
  async apply(folder: string, planFile: string, { parallelism = 10 } = {}): Promise<Refusal | undefined> {
    const flags = ['-input=false', '-no-color', `-parallelism=${parallelism}`];
    return refusalOf(await this.run(folder, 'apply', ...flags, planFile));
  }

  /**
   * A plan file as JSON.
   *
   * @throws UserError when Terraform does not understand the file
   */
  async showJson(folder: string, planFile: string): Promise<string> {
    return this.must(folder, `read the plan file ${planFile}`, 'show', '-no-color', '-json', planFile);
  }

  /**
   * A plan file as Terraform shows it to people.
   *
   * @throws UserError when Terraform does not understand the file
   */
  async showText(folder: string, planFile: string): Promise<string> {
    return this.must(folder, `read the plan file ${planFile}`, 'show', '-no-color', planFile);
  }

  /**
   * Where the state stands now; `undefined` when there is none yet.
   *
   * @throws UserError when the state cannot be read
   */
  async stateVersion(folder: string): Promise<StateVersion | undefined> {
    const text = await this.pullState(folder);
    if (text === undefined) return undefined;
    const { lineage, serial } = JSON.parse(text) as StateVersion;
    return { lineage, serial };
  }

  /**
   * The state as Terraform stores it; `undefined` when there is none yet.
   *
   * @throws UserError when the state cannot be read
   */
  async pullState(folder: string): Promise<string | undefined> {
    const text = await this.must(folder, 'read the state', 'state', 'pull');
    return text.trim() === '' ? undefined : text;
  }

  /**
   * Writes a state; Terraform refuses one of another lineage, or one that is older than what is there.
   *
   * @throws UserError when the state cannot be written
   */
  async pushState(folder: string, file: string): Promise<void> {
    await this.must(folder, 'write the state', 'state', 'push', file);
  }

  /**
   * Takes what is there already into the state.
   *
   * @throws UserError when the provider cannot import it
   */
  async import(folder: string, address: string, id: string, varFiles: readonly string[] = []): Promise<void> {
    const flags = ['-input=false', '-no-color', ...varFiles.map((file) => `-var-file=${file}`)];
    await this.must(folder, `import ${address}`, 'import', ...flags, realAddress(address), id);
  }

  /**
   * Marks an object in the state as broken: the next plan makes it anew.
   *
   * @throws UserError when it is not in the state, or when the state cannot be written
   */
  async taint(folder: string, address: string): Promise<void> {
    await this.must(folder, `taint ${address}`, 'taint', realAddress(address));
  }

  /**
   * Drops a lock that its owner has left behind.
   *
   * @throws UserError when there is no lock of that ID
   */
  async forceUnlock(folder: string, id: string): Promise<void> {
    const held = await this.heldLock(folder);
    // Not every backend looks at the ID: the one over HTTP drops whatever lock there is.
    if (held?.id !== id)
      throw new UserError(
        `there is no lock ${id} on the state: ${held ? `${held.id} is held (${held.holder ?? 'by somebody'})` : 'nobody holds one'}`,
      );
    await this.must(folder, `drop the lock ${id}`, 'force-unlock', '-force', id);
  }

  /**
   * Does something while Terraform's lock of the state is held, so that no run changes anything meanwhile.
   *
   * @throws UserError when another run holds the lock
   */
  async whileLocked<Result>(folder: string, act: () => Promise<Result>): Promise<Result> {
    const call = this.call(folder);
    const lock = await holdLock(this.about.program, call, await localStateFile(call));
    if ('release' in lock) {
      try {
        return await act();
      } finally {
        await lock.release();
      }
    }
    throw this.failure('lock the state', refusalOf(lock)!);
  }

  /**
   * The lock of the state that somebody holds; `undefined` when it is free.
   *
   * @throws UserError when Terraform cannot say
   */
  async heldLock(folder: string): Promise<StateLock | undefined> {
    try {
      await this.whileLocked(folder, () => Promise.resolve());
      return undefined;
    } catch (error) {
      const lock = error instanceof UserError ? heldLock(error.detail) : undefined;
      if (lock) return lock;
      throw error;
    }
  }

  private async must(folder: string, what: string, ...args: string[]): Promise<string> {
    const ended = await this.run(folder, ...args);
    const refusal = refusalOf(ended);
    if (!refusal) return ended.stdout;
    throw this.failure(what, refusal);
  }

  /** What Terraform could not do, as an error of the user's; a lock that is held is told with who holds it. */
  failure(what: string, { error, words }: Refusal, next?: string): UserError {
    const { product } = this.about;
    const lock = heldLock(words);
    const told = next === undefined ? '' : `; ${next}`;
    if (!lock) return new UserError(`${product} could not ${what}: ${error}${told}`, words);
    const { id, holder = 'somebody' } = lock;
    return new UserError(
      `${product} could not ${what}: its lock ${id} is held (${holder}); make sure that nobody runs ${product} on it, then regraft repair --unlock ${id}${told}`,
      words,
    );
  }

  /**
   * Holds the lock of a state in a local file, whichever folder it belongs to; returns what Terraform said when it did
   * not get it.
   */
  async holdFile(stateFile: string): Promise<HeldLock | Refusal> {
    const call = { ...this.surroundings, missing: INSTALL };
    const lock = await holdLock(this.about.program, call, stateFile);
    return 'release' in lock ? lock : refusalOf(lock)!;
  }

  private run(folder: string, ...args: string[]): Promise<Ended> {
    return run(this.about.program, args, this.call(folder));
  }

  private call(folder: string): Call {
    const { standIn, surroundings } = this;
    if (standIn?.of !== folder) return { ...surroundings, folder, missing: INSTALL };
    const env = { ...surroundings.env, ...standIn.env };
    return { ...surroundings, env, keepOpen: standIn.keepOpen, folder: standIn.folder, missing: INSTALL };
  }
}

function refusalOf({ exitCode, stdout, stderr }: Ended): Refusal | undefined {
  if (exitCode === 0) return undefined;
  const words = plainWords(stderr.trim() === '' ? stdout : stderr);
  return { error: errorLine(words) ?? `exit code ${exitCode}`, words };
}

/** No question to the vendor about new versions, and no hints for people at a prompt. */
function quiet(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_INPUT: '0' };
}

/**
 * The file of the state, where a folder's local backend names it: `terraform console` takes no notice of that name, and
 * locks `terraform.tfstate` unless it is told.
 */
async function localStateFile({ env, folder = '.' }: Call): Promise<string | undefined> {
  const noted = resolve(folder, env['TF_DATA_DIR'] || '.terraform', 'terraform.tfstate');
  const { data } = initialized.safeParse(jsonOf(await readFile(noted, 'utf8').catch(() => '')));
  return data && resolve(folder, data.backend.config.path);
}

const initialized = z.object({
  backend: z.object({ type: z.literal('local'), config: z.object({ path: z.string() }) }),
});

/** Whether a version is below `MAJOR.MINOR`. */
function isOlder(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
