import { posix } from 'node:path';
import type { HostContents, HostDomain, HostFile } from '../model/host-contents';
import type { DataRole, Manifest, ManifestClone } from '../model/manifest';
import { dataFileOfRole } from '../model/manifest';
import { HostIndex } from './host';

/** What a state has to be told so that it holds what the code says is adopted. */
export interface TakeInStep {
  /**
   * - `import-volume`: by an `import` block of Terraform.
   * - `write-volume`, `write-machine`: written into the state, where the provider cannot import it without a change.
   * - `forget`: an object of the state that the code has at no address, or at another one.
   */
  readonly kind: 'import-volume' | 'write-volume' | 'write-machine' | 'forget';
  readonly host: string;
  readonly address: string;
  /** The name of the file or machine. */
  readonly what: string;
  /** What the provider knows it by: a volume's path, a machine's UUID. */
  readonly id: string;
  readonly clone?: string;
  /** Of a volume: virtual size in bytes, and the format that its machine is defined with. */
  readonly volume?: { readonly capacity: number; readonly format: string };
}

/** What a plan to take machines into a state is made from. */
export interface TakeInGiven {
  /** The manifest of the synthesized stack. */
  readonly wanted: Manifest;
  /** The managed objects of the state. */
  readonly objects: readonly {
    readonly address: string;
    readonly type: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  /** By the names of the hosts. */
  readonly contents: ReadonlyMap<string, HostContents>;
}

/** The steps, and one line for each thing that is not as the code says. */
export interface TakeInPlan {
  readonly steps: readonly TakeInStep[];
  readonly problems: readonly string[];
}

/**
 * How the machines that the code says are adopted come into the state: each has to be on its host with the UUID, the
 * files and the backing files that the code says. What the state holds already is left out.
 */
export function planTakeIn(given: TakeInGiven): TakeInPlan {
  const problems: string[] = [];
  const steps = Object.values(given.wanted.pools).flatMap(({ host, clones }) =>
    Object.entries(clones).flatMap(([name, clone]) => {
      if (!clone.adopted) return [];
      const found = stepsOf(given, host, name, clone);
      if (Array.isArray(found)) return found;
      problems.push(found.problem);
      return [];
    }),
  );
  return { steps: [...forgotten(given, steps), ...steps], problems };
}

function stepsOf(
  given: TakeInGiven,
  host: string,
  name: string,
  clone: ManifestClone,
): TakeInStep[] | { problem: string } {
  const { provider, path: folder } = given.wanted.hosts[host]!;
  const index = new HostIndex(given.contents.get(host)!);
  const domain = index.contents.domains.find((one) => one.name === name);
  if (!domain) return { problem: `${name} is not on host ${host}: see "virsh list --all"` };
  if (domain.uuid !== clone.uuid)
    return { problem: `${name} has the UUID ${domain.uuid} on host ${host}, and ${clone.uuid} in the code` };
  const volumes = Object.entries(clone.volumes).map(([volume, { target, type, address }]) => {
    const file = fileAt(index, domain, target);
    if (file === undefined) return { problem: `${name} has no disk ${target} on host ${host}` };
    const wanted = wantedFile(given, host, { volume, type, address, folder });
    const problem = otherThanWanted(wanted, file, `${name}, ${target}`);
    if (problem !== undefined) return { problem };
    const step: TakeInStep = {
      kind: type === 'data' && provider === '0.8' ? 'import-volume' : 'write-volume',
      ...{ host, address, clone: name, what: file.name ?? file.path, id: file.path },
      volume: { capacity: file.capacity ?? 0, format: formatAt(domain, target) },
    };
    return step;
  });
  const bad = volumes.find((one) => 'problem' in one);
  if (bad !== undefined && 'problem' in bad) return bad;
  const own = targets(domain);
  const known = Object.values(clone.volumes).map(({ target }) => target);
  const foreign = own.filter((target) => !known.includes(target));
  if (foreign.length > 0)
    return {
      problem: `${name} has the disk ${foreign.join(', ')}, which the code does not have: add it, or detach it`,
    };
  const machine: TakeInStep = {
    kind: 'write-machine',
    ...{ host, address: clone.domain, clone: name, what: name, id: domain.uuid },
  };
  const held = new Set(given.objects.map(({ address }) => address));
  return [...(volumes as TakeInStep[]), machine].filter(({ address }) => !held.has(address));
}

function targets({ disks }: HostDomain): string[] {
  return disks.filter(({ device }) => device === 'disk').map(({ target }) => target);
}

function fileAt(index: HostIndex, { disks }: HostDomain, target: string): HostFile | undefined {
  const path = disks.find((disk) => disk.target === target)?.path;
  return path === undefined ? undefined : index.file(path);
}

function formatAt({ disks }: HostDomain, target: string): string {
  return disks.find((disk) => disk.target === target)!.format;
}

/** The files that the code says: a data volume's own, or what an overlay stands on (`null` for a blank one). */
interface WantedFile {
  readonly own?: string;
  readonly backing?: string | null;
}

function wantedFile(
  { wanted }: TakeInGiven,
  host: string,
  { volume, type, address, folder }: { volume: string; type: string; address: string; folder: string },
): WantedFile {
  const role = wanted.addresses[address];
  if (type === 'data') return { own: posix.join(folder, dataFileOfRole(role as DataRole)) };
  const base = role?.role === 'overlay' ? wanted.bases[`${host}/${role.base}`] : undefined;
  const file = base?.volumes[volume]?.file;
  return { backing: file === undefined ? null : posix.join(folder, file) };
}

function otherThanWanted({ own, backing }: WantedFile, file: HostFile, who: string): string | undefined {
  if (own !== undefined && file.path !== own) return `${who} is ${file.path}, and ${own} in the code`;
  if (backing === undefined) return undefined;
  const found = file.backing?.path ?? null;
  return found === backing
    ? undefined
    : `${who}: ${file.path} stands on ${found ?? 'nothing'}, and on ${backing ?? 'nothing'} in the code`;
}

/** Objects of the state that are what is taken in, at other addresses; and images that the code only refers to. */
function forgotten({ wanted, objects }: TakeInGiven, steps: readonly TakeInStep[]): TakeInStep[] {
  const ids = new Map(steps.map((step) => [step.id, step]));
  const images = new Map(
    Object.values(wanted.bases).flatMap(({ host, volumes }) =>
      Object.values(volumes).flatMap(({ file }) =>
        file === undefined ? [] : [[posix.join(wanted.hosts[host]!.path, file), host] as const],
      ),
    ),
  );
  return objects.flatMap(({ address, attributes }): TakeInStep[] => {
    if (wanted.addresses[address]) return [];
    const id = String(attributes['id'] ?? '');
    const host = ids.get(id)?.host ?? images.get(id);
    if (host === undefined) return [];
    return [{ kind: 'forget', host, address, id, what: String(attributes['name'] ?? id) }];
  });
}
