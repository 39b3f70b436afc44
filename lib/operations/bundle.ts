import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { jsonOf } from '../model/json';
import { UserError } from '../model/user-error';
import type { Review } from '../review';

/** The version of the bundle format that is written and read. */
export const BUNDLE_VERSION = 1;

/** The file of a bundle that tells the others and their digests. */
export const BUNDLE_FILE = 'bundle.json';

/** The files of a bundle: Terraform's plan file, its JSON, the review of it, the synthesized stack and the providers' lock file. */
export const BUNDLE_FILES = [
  'plan',
  'plan.json',
  'review.json',
  'cdk.tf.json',
  '.terraform.lock.hcl',
] as const;

const bundleJson = z.object({
  version: z.number(),
  stack: z.string(),
  createdAt: z.string(),
  verdict: z.enum(['nothing-to-do', 'safe', 'refused']),
  regraft: z.string(),
  terraform: z.object({ product: z.string(), version: z.string() }),
  /** Where the state stood when the plan was made; `null` when there was none. */
  state: z.object({ lineage: z.string(), serial: z.number() }).nullable(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() })),
});

/** What `bundle.json` says. */
export type BundleContent = z.infer<typeof bundleJson>;

/** A bundle whose files are what they were when it was made. */
export interface Bundle {
  readonly folder: string;
  readonly content: BundleContent;
  readonly review: Review;
  /** The SHA-256 of `bundle.json`, which names the bundle as a whole. */
  readonly digest: string;
}

/** What a bundle is made of. */
export interface BundleParts extends Omit<BundleContent, 'version' | 'files' | 'verdict'> {
  readonly planFile: string;
  readonly planJson: string;
  readonly review: Review;
  /** The folder of the synthesized stack. */
  readonly stackFolder: string;
}

/**
 * Writes a bundle, readable by its owner only, all at once: nobody finds half of one.
 *
 * An older bundle in that place is replaced.
 *
 * @throws UserError when something else is in that place, or when it cannot be written
 */
export async function writeBundle(folder: string, parts: BundleParts): Promise<Bundle> {
  await refuseOther(folder);
  const work = await mkdir(dirname(folder), { recursive: true })
    .then(() => mkdtemp(join(dirname(folder), `.${basename(folder)}-`)))
    .catch((error: NodeJS.ErrnoException) => {
      throw new UserError(`the bundle ${folder} cannot be written (${error.code}): choose another --out`);
    });
  try {
    const { planFile, planJson, review, stackFolder, ...about } = parts;
    await copyFile(planFile, join(work, 'plan'));
    await writeFile(join(work, 'plan.json'), planJson);
    await writeFile(join(work, 'review.json'), `${JSON.stringify(review, null, 2)}\n`);
    await copyFile(join(stackFolder, 'cdk.tf.json'), join(work, 'cdk.tf.json'));
    // There is none when nothing but built-in providers is used.
    await copyFile(join(stackFolder, '.terraform.lock.hcl'), join(work, '.terraform.lock.hcl')).catch(
      () => undefined,
    );
    const files: BundleContent['files'] = {};
    for (const name of BUNDLE_FILES) {
      const entry = await entryOf(join(work, name));
      if (entry) files[name] = entry;
    }
    const content = { version: BUNDLE_VERSION, ...about, verdict: review.verdict, files };
    await writeFile(join(work, BUNDLE_FILE), `${JSON.stringify(content, null, 2)}\n`);
    for (const name of [...Object.keys(files), BUNDLE_FILE]) await chmod(join(work, name), 0o600);
    await replace(work, folder);
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
  return readBundle(folder);
}

/**
 * Reads a bundle and compares every file with its digest.
 *
 * @throws UserError when it is none, of another version, incomplete or changed since it was made
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const file = join(folder, BUNDLE_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `${folder} is no bundle (${error.code === 'EACCES' ? `${file} may not be read` : `it has no ${BUNDLE_FILE}`}): make one with regraft plan --out`,
    );
  });
  const content = contentOf(file, text);
  for (const [name, { sha256 }] of Object.entries(content.files)) {
    const found = basename(name) === name ? await entryOf(join(folder, name)) : undefined;
    if (!found) throw new UserError(`the bundle ${folder} is not complete: ${name} is missing; plan again`);
    if (found.sha256 !== sha256) {
      throw new UserError(
        `the bundle ${folder} is not what was reviewed: ${name} was changed since it was made (SHA-256 ${found.sha256.slice(0, 12)}, expected ${sha256.slice(0, 12)}); plan again`,
      );
    }
  }
  const review = JSON.parse(await readFile(join(folder, 'review.json'), 'utf8')) as Review;
  if (review.version !== 1) {
    throw new UserError(
      `the review in ${folder} has version ${String(review.version)}, expected 1: use the regraft that made it (${content.regraft})`,
    );
  }
  return { folder, content, review, digest: createHash('sha256').update(text).digest('hex') };
}

function contentOf(file: string, text: string): BundleContent {
  const parsed = bundleJson.safeParse(jsonOf(text));
  if (parsed.success && parsed.data.version === BUNDLE_VERSION) {
    const lacking = ['plan', 'plan.json', 'review.json', 'cdk.tf.json'].filter(
      (name) => !(name in parsed.data.files),
    );
    if (lacking.length === 0) return parsed.data;
    throw new UserError(`${file} does not name ${lacking.join(', ')}: plan again`);
  }
  const version = (jsonOf(text) as { version?: unknown } | undefined)?.version;
  if (typeof version === 'number' && version !== BUNDLE_VERSION) {
    throw new UserError(
      `${file} is of version ${version}, expected ${BUNDLE_VERSION}: use the regraft that made it, or plan again`,
    );
  }
  throw new UserError(`${file} is not one of regraft's, or it is damaged: plan again`);
}

async function refuseOther(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => undefined);
  if (!there || (await stat(join(folder, BUNDLE_FILE)).catch(() => undefined))) return;
  throw new UserError(`${folder} is there already and is no bundle: choose another --out, or remove it`);
}

async function replace(work: string, folder: string): Promise<void> {
  const old = `${work}-old`;
  const replaced = await rename(folder, old).then(
    () => true,
    () => false,
  );
  await rename(work, folder);
  if (replaced) await rm(old, { recursive: true, force: true });
}

async function entryOf(file: string): Promise<{ sha256: string; bytes: number } | undefined> {
  const there = await stat(file).catch(() => undefined);
  if (!there?.isFile()) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { sha256: hash.digest('hex'), bytes: there.size };
}
