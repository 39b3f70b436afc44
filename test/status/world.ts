import { dataFileName, overlayFilePrefix } from '../../lib/model/file-names';
import type { AddressRole, Manifest } from '../../lib/model/manifest';
import type { DomainFact, HostFacts, VolumeFact } from '../../lib/review';
import type { HostInput, Power, StackInput, StoredObject } from '../../lib/status';

/** A thing that may be changed. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A host that a test may damage. */
export interface WorldHost {
  domains: Mutable<DomainFact>[];
  volumes: Mutable<VolumeFact>[];
  power: Map<string, Power>;
}

/** State and hosts as an apply of a manifest leaves them, for a test to damage. */
export interface World {
  readonly manifest: Manifest;
  objects: Mutable<StoredObject>[];
  readonly hosts: Map<string, WorldHost>;
}

const SIZE = 2 ** 24;
const TIME = '20260101000000';

type CloneRole = Extract<AddressRole, { readonly role: 'domain' | 'trigger' | 'cloud-init' }>;

/** Makes the world of a manifest, in the attributes of its hosts' providers. */
export function worldOf(manifest: Manifest): World {
  const world: World = { manifest, objects: [], hosts: new Map() };
  for (const host of Object.keys(manifest.hosts)) {
    world.hosts.set(host, { domains: [], volumes: [], power: new Map() });
  }
  for (const { host, volumes } of Object.values(manifest.bases)) {
    for (const { file } of Object.values(volumes)) if (file !== undefined) addFile(world, host, file);
  }
  const roles = Object.entries(manifest.addresses);
  for (const [address, role] of roles) if (role.role !== 'domain') addVolume(world, address, role);
  for (const [address, role] of roles) if (role.role === 'domain') addMachine(world, address, role);
  return world;
}

/** What an operation would hand over of a world. */
export function inputOf(world: World, more: Partial<StackInput> = {}): StackInput {
  const hosts = [...world.hosts].map(([host, { domains, volumes, power }]): [string, HostInput] => {
    const facts: HostFacts = { host, domains, volumes, available: 2 ** 40 };
    return [host, { facts, power, othersFiles: new Set() }];
  });
  return {
    stack: 'lab',
    manifest: world.manifest,
    objects: world.objects,
    hosts: new Map(hosts),
    health: new Map(),
    ...more,
  };
}

/** The file of an address. */
export function fileAt(world: World, address: string): string {
  return String(world.objects.find((object) => object.address === address)!.attributes['name']);
}

/** Takes a file off a host, as `rm` does. */
export function removeFile(world: World, host: string, file: string): void {
  const { volumes } = world.hosts.get(host)!;
  volumes.splice(
    volumes.findIndex(({ name }) => name === file),
    1,
  );
}

/** Puts a file on a host. */
export function addFile(world: World, host: string, file: string, backing?: string): string {
  const path = `${world.manifest.hosts[host]!.path}/${file}`;
  const { volumes } = world.hosts.get(host)!;
  if (volumes.every(({ name }) => name !== file)) {
    const below = backing === undefined ? {} : { backing };
    volumes.push({ name: file, path, allocation: SIZE / 8, capacity: SIZE, ...below });
  }
  return path;
}

function addVolume(world: World, address: string, role: AddressRole): void {
  const { storage, provider } = world.manifest.hosts[role.host]!;
  const [type] = address.split('.') as [string];
  const file = fileOf(world, address, role);
  if (file === undefined) {
    world.objects.push({ address, type, attributes: {}, tainted: false });
    return;
  }
  const backing = backingOf(world, role);
  const path = addFile(world, role.host, file, backing);
  const on =
    backing === undefined
      ? {}
      : provider === '0.8'
        ? { base_volume_id: backing }
        : { backing_store: { path: backing } };
  const at = provider === '0.8' ? { id: path } : { path, key: path };
  world.objects.push({
    address,
    type,
    attributes: { name: file, pool: storage, ...at, ...on },
    tainted: false,
  });
}

function fileOf({ manifest }: World, address: string, role: AddressRole): string | undefined {
  switch (role.role) {
    case 'base':
      return manifest.bases[`${role.host}/${role.base}`]!.volumes[role.volume]!.file;
    case 'overlay':
    case 'retained':
      return `${overlayFilePrefix(role.clone, role.volume, role.base)}${TIME}.qcow2`;
    case 'data':
    case 'archived':
      return dataFileName(role.clone, role.volume);
    case 'cloud-init':
      // Provider 0.9 has a disk on the machine of Terraform, too, which is in no storage pool.
      if (manifest.hosts[role.host]!.provider === '0.9' && !address.startsWith('libvirt_volume'))
        return undefined;
      return `${role.clone}.cloud-init.${TIME}.iso`;
    default:
      return undefined;
  }
}

function backingOf({ manifest }: World, role: AddressRole): string | undefined {
  if (role.role !== 'overlay' && role.role !== 'retained') return undefined;
  const file = manifest.bases[`${role.host}/${role.base}`]!.volumes[role.volume]?.file;
  return file === undefined ? undefined : `${manifest.hosts[role.host]!.path}/${file}`;
}

function addMachine(world: World, address: string, role: Pick<CloneRole, 'host' | 'pool' | 'clone'>): void {
  const { manifest } = world;
  const { host, pool, clone } = role;
  const { uuid, volumes } = manifest.pools[pool]!.clones[clone]!;
  const { storage, provider } = manifest.hosts[host]!;
  const disks = Object.values(volumes)
    .map(({ target, address: volume }) => ({ target, file: fileAt(world, volume) }))
    .sort((one, other) => (one.target < other.target ? -1 : 1));
  const facts = world.hosts.get(host)!;
  const path = (file: string): string => facts.volumes.find(({ name }) => name === file)!.path;
  const attributes =
    provider === '0.8'
      ? {
          id: uuid,
          disk: disks.map(({ file }) => ({ volume_id: path(file) })),
          xml: [
            {
              xslt: disks
                .map(
                  ({ target }, index) =>
                    `<t match="/domain/devices/disk[${index + 1}]/target"><target dev="${target}"/></t>`,
                )
                .join(''),
            },
          ],
        }
      : {
          uuid,
          devices: {
            disks: disks.map(({ target, file }) => ({
              target: { dev: target },
              source: { volume: { pool: storage, volume: file } },
            })),
          },
        };
  world.objects.push({
    address,
    type: 'libvirt_domain',
    attributes: { name: clone, ...attributes },
    tainted: false,
  });
  facts.power.set(clone, 'shut off');
  facts.domains.push({
    name: clone,
    uuid,
    running: false,
    disks: disks.map(({ target, file }) => ({
      target,
      device: 'disk',
      path: path(file),
      backingChain: facts.volumes.flatMap(({ name, backing }) => (name === file && backing ? [backing] : [])),
    })),
  });
}
