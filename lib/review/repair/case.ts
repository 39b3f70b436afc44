import type { AddressRole, Manifest, ManifestClone } from '../../model/manifest';
import type { VolumeFact } from '../facts';
import type { ContentQuestion, RepairGiven, RepairHost, RepairObject, VolumeContent } from './given';
import { contentKey } from './given';
import type { RepairStep } from './step';

/** A clone by the manifest that names it. */
export interface KnownClone {
  readonly pool: string;
  readonly entry: ManifestClone;
}

/** What a repair is planned from, indexed for the rules, and the steps so far. */
export class RepairCase {
  readonly steps: RepairStep[] = [];
  readonly questions: ContentQuestion[] = [];
  private readonly manifests: readonly Manifest[];
  private readonly words = new Map<string, { all: Set<string>; volumes: Set<string> }>();

  constructor(readonly given: RepairGiven) {
    const { wanted, applied } = given;
    this.manifests = [wanted, applied].filter((manifest) => manifest !== undefined);
  }

  /** Whether anything in the state names a file on a host, a machine's disks and what waits for its deletion included. */
  isNamed(host: string, { name, path }: VolumeFact): boolean {
    const { all } = this.wordsOf(host);
    return all.has(name) || all.has(path);
  }

  /** Whether the state holds a file on a host as a volume, at whatever address. */
  isStored(host: string, { name, path }: VolumeFact): boolean {
    const { volumes } = this.wordsOf(host);
    return volumes.has(name) || volumes.has(path);
  }

  /** The objects at an address, those that wait for their deletion included. */
  objectsAt(address: string): RepairObject[] {
    return this.given.objects.filter((object) => object.address === address);
  }

  /** The objects of a host; one that no manifest knows may be on any. */
  objectsOn(host: string): RepairObject[] {
    return this.given.objects.filter(({ address }) => {
      const roles = this.manifests.flatMap(({ addresses }) => addresses[address] ?? []);
      return roles.length === 0 || roles.some((role) => role.host === host);
    });
  }

  /** The roles of addresses on a host, the wanted ones first. */
  roles(host: string, which: 'wanted' | 'all' = 'wanted'): [string, AddressRole][] {
    const manifests =
      which === 'wanted' ? this.manifests.slice(0, this.given.wanted ? 1 : 0) : this.manifests;
    const found = new Map<string, AddressRole>();
    for (const { addresses } of manifests) {
      for (const [address, role] of Object.entries(addresses))
        if (role.host === host && !found.has(address)) found.set(address, role);
    }
    return [...found];
  }

  /** The clones of a host by name, as every manifest says them. */
  clones(host: string): Map<string, KnownClone[]> {
    const found = new Map<string, KnownClone[]>();
    for (const { pools } of this.manifests) {
      for (const [pool, { host: at, clones, retired }] of Object.entries(pools)) {
        if (at !== host) continue;
        for (const [clone, entry] of Object.entries(clones))
          found.set(clone, [...(found.get(clone) ?? []), { pool, entry }]);
        for (const clone of retired) found.set(clone, found.get(clone) ?? []);
      }
    }
    return found;
  }

  /** The file below an overlay of a base volume; `null` when there is none, `undefined` when no manifest has the volume. */
  backingOf(host: RepairHost, base: string, volume: string): string | null | undefined {
    for (const { bases } of this.manifests) {
      const found = bases[`${host.host}/${base}`]?.volumes[volume];
      if (found) return found.file === undefined ? null : pathOf(host, found.file);
    }
    return undefined;
  }

  /** Who on the host has a file, as a disk or anywhere in a backing chain. */
  userOf(host: RepairHost, path: string): string | undefined {
    const machine = this.machineOf(host, path);
    if (machine !== undefined) return `machine ${machine}`;
    const leaving = new Set(this.steps.flatMap((step) => ('path' in step ? [step.path] : [])));
    const above = host.volumes.find((volume) => volume.backing === path && !leaving.has(volume.path));
    if (above) return `volume ${above.name}`;
    return host.backings.includes(path) ? 'a volume of another storage pool' : undefined;
  }

  /** The machine that has a file, as a disk or anywhere in a backing chain. */
  machineOf({ domains }: RepairHost, path: string): string | undefined {
    return domains.find(({ disks }) =>
      disks.some((disk) => disk.path === path || disk.backingChain.includes(path)),
    )?.name;
  }

  /** What is known of a volume's content; asks for it when it is not known yet. */
  content<Ask extends keyof VolumeContent>(
    question: ContentQuestion & { ask: Ask },
  ): VolumeContent[Ask] | undefined {
    const known = this.given.contents?.[contentKey(question)]?.[question.ask];
    if (known === undefined) this.questions.push(question);
    return known;
  }

  add(step: RepairStep): void {
    this.steps.push(step);
  }

  private wordsOf(host: string): { all: Set<string>; volumes: Set<string> } {
    const known = this.words.get(host);
    if (known) return known;
    const here = this.objectsOn(host);
    const words = {
      all: new Set(here.flatMap(({ attributes }) => texts(attributes))),
      volumes: new Set(
        here
          .filter(({ type }) => type === 'libvirt_volume')
          .flatMap(({ attributes: { id, key, path, name } }) => texts([id, key, path, name])),
      ),
    };
    this.words.set(host, words);
    return words;
  }
}

/** Where a file of a host's storage pool is. */
export function pathOf({ volumes, storage }: RepairHost, file: string): string {
  return volumes.find(({ name }) => name === file)?.path ?? `${storage?.path ?? ''}/${file}`;
}

/** All texts in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}
