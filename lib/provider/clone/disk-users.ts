import { posix } from 'node:path';
import { parseHostDomain } from '../../tools/host-xml';
import type { ListedMachine } from '../host/facts';
import type { PlanFacts } from './plan-facts';

type Source = string | { readonly pool: string; readonly name: string };

/** A definition is read once, however many clones are planned. */
const read = new WeakMap<ListedMachine, readonly Source[]>();

/** The machines that have a file as a disk, by name. */
export function diskUsers({ listing, storage }: PlanFacts, path: string): string[] {
  const wanted = posix.normalize(path);
  const isIt = (source: Source): boolean =>
    typeof source === 'string'
      ? source === wanted
      : source.pool === storage.name && posix.join(storage.path, source.name) === wanted;
  return [...listing.machines.values()]
    .filter((machine) => sourcesOf(machine).some(isIt))
    .map(({ name }) => name);
}

function sourcesOf(machine: ListedMachine): readonly Source[] {
  const known = read.get(machine);
  if (known !== undefined) return known;
  const sources = parseHostDomain(machine.xml).disks.flatMap(({ path, volume }): Source[] =>
    volume !== undefined ? [volume] : path !== undefined ? [path] : [],
  );
  read.set(machine, sources);
  return sources;
}
