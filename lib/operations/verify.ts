import type { Manifest } from '../model/manifest';
import { didYouMean } from '../model/names';
import { UserError } from '../model/user-error';
import { expectationOf } from '../review/rules/verified';
import { Volumes } from '../tools/volumes';
import type { FileDigest } from './base-digest';
import { baseDigest } from './base-digest';
import type { BaseRecords } from './base-records';
import { baseRecords, recordBase } from './base-records';
import type { Context } from './context';
import type { FleetStack } from './fleet';
import { readFleet } from './fleet';
import { reachOf } from './hosts';
import { DIGESTS_AT_ONCE } from './rollout/options';
import { sideBySide } from '../model/side-by-side';
import { synthesizedManifest } from './synthesized-manifest';

/** What came of one base volume. */
export interface VerifiedVolume {
  readonly stack: string;
  readonly host: string;
  readonly base: string;
  readonly volume: string;
  /** The file name in the host's storage. */
  readonly file: string;
  /** `recorded`: there was nothing to compare it with, so it was put on record, and is not verified. */
  readonly status: 'equal' | 'recorded' | 'mismatch' | 'unreadable';
  /** The SHA-256 of its file now. */
  readonly found?: string;
  /** The SHA-256 that it has to have. */
  readonly expected?: string;
  /** Where that stands: in the code, or on record. */
  readonly by?: 'code' | 'record';
  /** When it was put on record, in UTC (ISO 8601). */
  readonly recordedAt?: string;
  /** Why it could not be read. */
  readonly obstacle?: string;
}

/**
 * Reads base volumes on their hosts again, and compares them with the code and with what was recorded.
 *
 * What the code says outweighs the record, which then follows: a base that was made anew has its new digest in both.
 *
 * @param names Bases, as `BASE` or `HOST/BASE`; none: all
 * @throws UserError when a base is unknown, or when a state cannot be read
 */
export async function verify(names: readonly string[], context: Context): Promise<VerifiedVolume[]> {
  const { stacks } = await readFleet([], context);
  const known = (await Promise.all(stacks.map(subjectsOf))).flat();
  refuseUnknown(names, known);
  const chosen = known.filter(
    ({ host, base }) => names.length === 0 || names.includes(base) || names.includes(`${host}/${base}`),
  );
  const records = new Map<FleetStack, BaseRecords>();
  for (const stack of stacks) records.set(stack, await baseRecords(context.folder, stack.stack.name));
  // A base that a second stack refers to is one file.
  const digests = new Map<string, Promise<FileDigest>>();
  return sideBySide(DIGESTS_AT_ONCE, chosen, (subject) =>
    verifyOne(subject, records.get(subject.stack)!, digests, context),
  );
}

interface Subject {
  readonly stack: FleetStack;
  readonly host: string;
  readonly base: string;
  readonly volume: string;
  readonly file: string;
  readonly sha256?: string;
}

async function subjectsOf(stack: FleetStack): Promise<Subject[]> {
  const wanted = await synthesizedManifest(stack.stack).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  return subjectsIn(stack.manifest).map(({ host, base, volume, file, sha256 }) => {
    const code = wanted?.bases[`${host}/${base}`]?.volumes[volume]?.sha256 ?? sha256;
    return { stack, host, base, volume, file, ...(code === undefined ? {} : { sha256: code }) };
  });
}

/** The base volumes of a manifest that are files on a host. */
export function subjectsIn({ bases }: Manifest): Omit<Subject, 'stack'>[] {
  return Object.entries(bases).flatMap(([key, { host, volumes }]) =>
    Object.entries(volumes).flatMap(([volume, { file, sha256 }]) =>
      file === undefined
        ? []
        : [
            {
              host,
              base: key.slice(host.length + 1),
              volume,
              file,
              ...(sha256 === undefined ? {} : { sha256 }),
            },
          ],
    ),
  );
}

function refuseUnknown(names: readonly string[], known: readonly Subject[]): void {
  const bases = [...new Set(known.map(({ base }) => base))];
  const unknown = names.find(
    (name) => !bases.includes(name) && !known.some(({ host, base }) => name === `${host}/${base}`),
  );
  if (unknown !== undefined)
    throw new UserError(`no base ${JSON.stringify(unknown)} was applied: ${didYouMean(unknown, bases)}`);
}

async function verifyOne(
  subject: Subject,
  records: BaseRecords,
  digests: Map<string, Promise<FileDigest>>,
  context: Context,
): Promise<VerifiedVolume> {
  const { stack, host, base, volume, file, sha256: code } = subject;
  const name = stack.stack.name;
  const place = { stack: name, host, base, volume, file };
  const key = `${host}/${base}/${volume}`;
  const record = records[key];
  const { expected } = expectationOf(code, record === undefined ? {} : { recorded: record.sha256 });
  const known = {
    ...place,
    ...(expected === undefined ? {} : ({ expected, by: code === undefined ? 'record' : 'code' } as const)),
    ...(record === undefined ? {} : { recordedAt: record.at }),
  };
  let found: FileDigest;
  try {
    found = await digestOf(subject, digests, context);
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return { ...known, status: 'unreadable', obstacle: error.message };
  }
  if (expected !== undefined && found.sha256 !== expected)
    return { ...known, status: 'mismatch', found: found.sha256 };
  if (record?.sha256 !== found.sha256) {
    const at = new Date().toISOString();
    await recordBase(context.folder, name, key, { file, ...found, at, by: 'verify' });
  }
  return { ...known, status: expected === undefined ? 'recorded' : 'equal', found: found.sha256 };
}

function digestOf(
  { stack, host, file }: Subject,
  digests: Map<string, Promise<FileDigest>>,
  context: Context,
): Promise<FileDigest> {
  const { manifest, content } = stack;
  const reach = reachOf(host, manifest.hosts[host]!, content);
  if ('obstacle' in reach) throw new UserError(`host ${host} cannot be asked: ${reach.obstacle}`);
  const volumes = new Volumes(reach.uri, manifest.hosts[host]!.storage, context);
  const place = `${reach.uri}\n${volumes.pool}\n${file}`;
  const under = digests.get(place) ?? baseDigest(volumes, file, (step) => context.progress(step));
  digests.set(place, under);
  return under;
}
