import { baseRecordName } from '../model/file-names';
import type { Inventory } from './inventory';
import type { FileStatus } from './status';
import { fileStatus } from './volumes';

/** The name of an overlay as regraft makes it: clone, volume, base (or what cloud-init reads) and the time. */
const OVERLAY = /^[^.]+\.[^.]+(\.[^.]+)?\.\d{14}\.(qcow2|iso)$/;

/** The files of a storage pool that are not of this stack. */
export interface OtherFiles {
  readonly orphans: readonly FileStatus[];
  readonly others: readonly FileStatus[];
}

/** Tells apart what a crashed run has left and what is of other origin. */
export function otherFiles(inventory: Inventory, host: string): OtherFiles {
  const { facts, othersFiles } = inventory.host(host);
  if (!facts) return { orphans: [], others: [] };
  const held = new Set(inventory.holdings.flatMap(({ role, file }) => (role.host === host ? [file] : [])));
  for (const [key, { host: of, volumes }] of Object.entries(inventory.manifest.bases)) {
    if (of !== host) continue;
    for (const { file } of Object.values(volumes)) held.add(file);
    if (inventory.manifest.hosts[host]?.provider === 'regraft')
      held.add(baseRecordName(key.slice(host.length + 1)));
  }
  const strangers = new Set(inventory.strangers.map(({ attributes }) => attributes['name']));
  const used = new Set([
    ...facts.domains.flatMap(({ disks }) =>
      disks.flatMap(({ path, backingChain }) => [path, ...backingChain]),
    ),
    ...facts.volumes.map(({ backing }) => backing),
  ]);
  const orphans: FileStatus[] = [];
  const others: FileStatus[] = [];
  for (const fact of facts.volumes.filter(({ name }) => !held.has(name))) {
    const { name, path } = fact;
    const isKnown = othersFiles.has(name) || strangers.has(name) || used.has(path);
    (OVERLAY.test(name) && !isKnown ? orphans : others).push(fileStatus(name, fact));
  }
  return { orphans, others };
}
