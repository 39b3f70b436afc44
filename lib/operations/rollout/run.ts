import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type {
  CloneRecord,
  ClonePhase,
  GrownRecord,
  RunRecord,
  RunState,
  WaveRecord,
} from '../../model/run-record';
import { UserError } from '../../model/user-error';
import { parseRun } from './run-format';

/** What regraft keeps in a project's folder. */
export const OWN_FOLDER = '.regraft';

/** The folder of the approved plan in a run's folder. */
const BUNDLE = 'bundle';

/** The file of Terraform's state in a run's folder. */
const STATE = 'terraform.tfstate';

/**
 * One run, and its record on disk: written before each step that it is about, so that whoever goes on after a kill
 * knows what was meant.
 */
export class Run {
  /** Begins a run in a project's folder; what it is to apply is put in its place before it is on record. */
  static async begin(
    project: string,
    start: Omit<RunRecord, 'version' | 'id' | 'state' | 'by' | 'startedAt' | 'continuedAt'>,
    keepBundle: (place: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<Run> {
    const startedAt = new Date().toISOString();
    const id = `${startedAt.replace(/\D/g, '').slice(0, 14)}-${randomBytes(2).toString('hex')}`;
    const folder = join(await ownFolder(project), 'runs', id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const run = new Run(folder, {
      version: 1,
      id,
      state: 'running',
      by: whoAmI(),
      startedAt,
      continuedAt: [],
      ...start,
    });
    await keepBundle(run.bundle);
    await run.save();
    return run;
  }

  private saving: Promise<unknown> = Promise.resolve();

  constructor(
    readonly folder: string,
    private content: RunRecord,
  ) {}

  /** The record as it stands. */
  get record(): RunRecord {
    return this.content;
  }

  /** Where the approved plan is kept until the run is done. */
  get bundle(): string {
    return join(this.folder, BUNDLE);
  }

  /** What the record says of a clone. */
  clone(key: string): CloneRecord | undefined {
    return this.content.clones[key];
  }

  /** A clone's course goes on. */
  async enter(key: string, phase: ClonePhase, more: Partial<CloneRecord> = {}): Promise<void> {
    const clone = this.content.clones[key]!;
    const phases = [...clone.phases, { phase, at: new Date().toISOString() }];
    await this.note(key, { ...more, phase, phases });
  }

  /** Notes something of a clone. */
  async note(key: string, more: Partial<CloneRecord>): Promise<void> {
    const clone = this.content.clones[key]!;
    this.content = { ...this.content, clones: { ...this.content.clones, [key]: { ...clone, ...more } } };
    await this.save();
  }

  /** Notes that a data volume, `POOL/CLONE/VOLUME`, is to be made larger, or is. */
  async noteGrown(key: string, grown: GrownRecord): Promise<void> {
    this.content = { ...this.content, grown: { ...this.content.grown, [key]: grown } };
    await this.save();
  }

  /** Sets the waves that are to come, after those that are over. */
  async setWaves(waves: readonly WaveRecord[]): Promise<void> {
    this.content = { ...this.content, waves };
    await this.save();
  }

  /** A wave begins or ends. */
  async wave(index: number, more: Partial<WaveRecord>): Promise<void> {
    await this.setWaves(this.content.waves.map((wave, at) => (at === index ? { ...wave, ...more } : wave)));
  }

  /** Adds clones that the record does not have yet. */
  async add(clones: Readonly<Record<string, CloneRecord>>): Promise<void> {
    this.content = { ...this.content, clones: { ...clones, ...this.content.clones } };
    await this.save();
  }

  /** The run goes on after it had stopped or was killed. */
  async goOn(): Promise<void> {
    const continuedAt = [...this.content.continuedAt, new Date().toISOString()];
    const content: { -readonly [Key in keyof RunRecord]: RunRecord[Key] } = {
      ...this.content,
      state: 'running',
      continuedAt,
    };
    delete content.problem;
    delete content.endedAt;
    this.content = content;
    await this.save();
  }

  /** The run ends; what only going on would need, passwords among it, is removed when there is nothing left to do. */
  async end(state: Exclude<RunState, 'running'>, problem?: string): Promise<void> {
    const now = new Date().toISOString();
    // A run that another one supersedes has ended when it stopped, which may be days ago.
    const endedAt = state === 'superseded' ? (this.content.endedAt ?? now) : now;
    this.content = { ...this.content, state, endedAt, ...(problem === undefined ? {} : { problem }) };
    await this.save();
    if (state !== 'done' && state !== 'superseded') return;
    for (const name of [BUNDLE, 'definitions', STATE])
      await rm(join(this.folder, name), { recursive: true, force: true });
  }

  /** Keeps a machine's definition, so that a machine that was undefined by a killed run can be brought back. */
  async keepDefinition(key: string, xml: string): Promise<void> {
    const folder = join(this.folder, 'definitions');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(folder, definitionFile(key)), xml, { mode: 0o600 });
  }

  /** The definition that was kept of a machine. */
  async keptDefinition(key: string): Promise<string | undefined> {
    return readFile(join(this.folder, 'definitions', definitionFile(key)), 'utf8').catch(() => undefined);
  }

  /** Keeps Terraform's state as it is before an apply, with all secrets in it. */
  async keepState(text: string): Promise<void> {
    await writeFileAtomic(join(this.folder, STATE), text, { mode: 0o600 });
  }

  /** The file of the state that was kept. */
  get keptState(): string | undefined {
    const file = join(this.folder, STATE);
    return existsSync(file) ? file : undefined;
  }

  private async save(): Promise<void> {
    const text = `${JSON.stringify(this.content, null, 2)}\n`;
    this.saving = this.saving.then(() => writeFileAtomic(join(this.folder, RUN_FILE), text, { mode: 0o600 }));
    await this.saving;
  }
}

const RUN_FILE = 'run.json';

/** A run as it was found: with the error where its record cannot be read. */
export type FoundRun =
  { readonly id: string; readonly run: Run } | { readonly id: string; readonly error: UserError };

/**
 * The runs of a project, the oldest first; a folder in which no record could be written yet is none.
 *
 * @throws UserError when the folder of the runs cannot be read
 */
export async function readRuns(project: string): Promise<FoundRun[]> {
  const folder = join(project, OWN_FOLDER, 'runs');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UserError(`${folder} cannot be read (${error.code}): ${LET_ME_READ}`);
  });
  const runs = await Promise.all(names.sort().map((name) => readRun(folder, name)));
  // Not by their names, which tell two runs of the same second apart only by chance.
  return runs.filter((run) => run !== undefined).sort((a, b) => begun(a) - begun(b));
}

/** When a run began; of a record that cannot be read, its folder's name says it. */
function begun(found: FoundRun): number {
  if ('run' in found) return Date.parse(found.run.record.startedAt);
  return Date.parse(found.id.replace(/^(....)(..)(..)(..)(..)(..).*$/, '$1-$2-$3T$4:$5:$6Z')) || 0;
}

/**
 * The newest run of a stack that may be gone on with.
 *
 * @throws UserError when the record of a newer one cannot be read: that one may have stopped halfway
 */
export async function unfinishedRun(project: string, stack: string): Promise<Run | undefined> {
  for (const found of (await readRuns(project)).reverse()) {
    if ('error' in found) throw found.error;
    const { record } = found.run;
    if (record.stack === stack && record.state !== 'done' && record.state !== 'superseded') return found.run;
  }
  return undefined;
}

/** The folder for what regraft keeps in a project; git is told to leave it alone. */
export async function ownFolder(project: string): Promise<string> {
  const folder = join(project, OWN_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `${folder} cannot be made (${error.code}): runs are recorded there, make it writable`,
    );
  });
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
  return folder;
}

const LET_ME_READ = 'run regraft as the user who ran regraft apply';

async function readRun(runs: string, id: string): Promise<FoundRun | undefined> {
  const folder = join(runs, id);
  const file = join(folder, RUN_FILE);
  try {
    return { id, run: new Run(folder, parseRun(file, await readFile(file, 'utf8'))) };
  } catch (error) {
    if (error instanceof UserError) return { id, error };
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return { id, error: new UserError(`${file} cannot be read (${code}): ${LET_ME_READ}`) };
  }
}

function definitionFile(key: string): string {
  return `${key.replace('/', '__')}.xml`;
}

function whoAmI(): string {
  const name = process.env['SUDO_USER'] ?? nameOfUser();
  return `${name}@${hostname()}`;
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user ID without an entry in passwd, as in many containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}
