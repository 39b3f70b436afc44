import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BOOT_RECORD, bootsBy } from '../model/boot-record';
import type { Manifest, ManifestBase } from '../model/manifest';
import { UserError } from '../model/user-error';
import type { BootFact, Plan } from '../review';
import { effectOf } from '../review/effect';
import type { SynthesizedStack } from '../tools/cdktf';
import type { ReadBytes } from '../tools/disk-start';
import { diskStart } from '../tools/disk-start';
import type { Surroundings } from '../tools/process';
import { Volumes } from '../tools/volumes';
import { addressBooks } from '../dialects/address-book';
import { reachOf } from './hosts';
import { declaredVolumes } from './repair/stack';
import type { StackContent } from './stacks';

/**
 * By which firmware the base volumes boot that new system overlays stand on; what cannot be read or told is left out,
 * since it only warns.
 */
export async function bootFacts(
  plan: Plan,
  manifest: Manifest,
  stack: SynthesizedStack,
  content: StackContent,
  surroundings: Surroundings,
): Promise<BootFact[]> {
  const facts: BootFact[] = [];
  for (const wanted of wantedOf(plan, manifest).values()) {
    const start = await startOf(wanted, plan, manifest, stack, content, surroundings);
    const boots = start === undefined ? [] : bootsBy(start);
    const { host, base, volume } = wanted;
    if (boots.length > 0) facts.push({ host, base, volume, boots });
  }
  return facts;
}

interface Wanted {
  readonly host: string;
  readonly base: string;
  readonly volume: string;
}

function wantedOf({ changes }: Plan, { addresses }: Manifest): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const { address, actions } of changes) {
    const role = addresses[address];
    if (role?.role !== 'overlay' || role.type !== 'system' || effectOf(actions) !== 'create') continue;
    const { host, base, volume } = role;
    wanted.set(`${host}/${base}/${volume}`, { host, base, volume });
  }
  return wanted;
}

async function startOf(
  { host, base, volume }: Wanted,
  plan: Plan,
  manifest: Manifest,
  stack: SynthesizedStack,
  content: StackContent,
  surroundings: Surroundings,
): Promise<Buffer | undefined> {
  const entry: ManifestBase | undefined = manifest.bases[`${host}/${base}`];
  const { file, format = 'qcow2' } = entry?.volumes[volume] ?? {};
  if (entry === undefined || file === undefined) return undefined;
  const book = addressBooks[manifest.hosts[host]?.provider ?? '0.9'];
  const address = book.base(host, { name: base, retired: entry.retired }, volume);
  const change = plan.changes.find((one) => one.address === address);
  const { source } = declaredVolumes(content)[address] ?? {};
  try {
    if (change && effectOf(change.actions) === 'create')
      return await localStart(resolve(stack.folder, source ?? ''), format);
    const reach = reachOf(host, manifest.hosts[host]!, content);
    if ('obstacle' in reach) return undefined;
    const volumes = new Volumes(reach.uri, manifest.hosts[host]!.storage, surroundings);
    return await diskStart((offset, length) => volumes.bytes(file, offset, length), format, BOOT_RECORD);
  } catch (error) {
    if (error instanceof UserError || 'code' in (error as object)) return undefined;
    throw error;
  }
}

async function localStart(path: string, format: 'raw' | 'qcow2'): Promise<Buffer | undefined> {
  const file = await open(path, 'r');
  try {
    const read: ReadBytes = async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    return await diskStart(read, format, BOOT_RECORD);
  } finally {
    await file.close();
  }
}
