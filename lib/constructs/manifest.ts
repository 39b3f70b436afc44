import { Token } from 'cdktf';
import { cloneBlock, diskAddresses } from '../dialects/addresses';
import type { BaseImage } from '../model/base';
import { uploadedVolumes } from '../model/base';
import type { Clone, DataVolume } from '../model/clone';
import { dataFormatOf, disksOf, overlaysOf } from '../model/clone';
import { baseFileName } from '../model/file-names';
import type {
  AddressRole,
  DataRole,
  Manifest,
  ManifestBase,
  ManifestClone,
  ManifestHost,
  ManifestPool,
} from '../model/manifest';
import { maskedUri } from '../model/manifest';
import { compareNames } from '../model/outline';
import type { RebasePlan } from '../model/rebase-plan';
import type { ImageFormat } from '../model/volume-type';
import type { AnyPool } from './any-outline';
import { manifestHealth } from './health';
import type { LibvirtHost } from './libvirt-host';

/** The manifest of a stack: what its hosts hold, as static data. */
export function manifestOf(hosts: readonly LibvirtHost[]): Manifest {
  const pools = hosts.flatMap((host) => host.allPools.map((pool) => ({ host, pool })));
  return {
    version: 1,
    hosts: Object.fromEntries(hosts.map((host) => [host.model.name, hostEntry(host)])),
    bases: Object.fromEntries(
      hosts.flatMap((host) =>
        host.contents().bases.map((base) => [`${host.model.name}/${base.name}`, baseEntry(host, base)]),
      ),
    ),
    pools: Object.fromEntries(pools.map(({ host, pool }) => [pool.name, poolEntry(host, pool)])),
    rebases: rebasePlans(hosts),
    addresses: Object.fromEntries(hosts.flatMap(addressesOf).sort(([a], [b]) => compareNames(a, b))),
  };
}

function rebasePlans(hosts: readonly LibvirtHost[]): RebasePlan[] {
  return hosts
    .flatMap((host) => host.allPools.flatMap((pool) => pool.openRebases))
    .map(({ plan }) => plan)
    .sort((a, b) => compareNames(JSON.stringify(a), JSON.stringify(b)));
}

function hostEntry({ model }: LibvirtHost): ManifestHost {
  const { uri, generation, storage } = model;
  return {
    ...(Token.isUnresolved(uri) ? {} : { uri: maskedUri(uri) }),
    provider: generation,
    storage: storage.name,
    path: storage.path,
  };
}

function baseEntry(host: LibvirtHost, base: BaseImage): ManifestBase {
  const volumes = Object.entries(base.outline).map(
    ([volume, { type }]): [string, ManifestBase['volumes'][string]] => {
      const origin = base.origins[volume];
      if (!origin) return [volume, { type }];
      const file = origin.kind === 'existing' ? origin.file : baseFileName(base.name, volume);
      return [
        volume,
        {
          type,
          file,
          ...(origin.sha256 === undefined ? {} : { sha256: origin.sha256 }),
          ...unlessQcow2(origin.format),
        },
      ];
    },
  );
  return { host: host.model.name, retired: base.retired, volumes: Object.fromEntries(volumes) };
}

function unlessQcow2(format: ImageFormat | undefined): { readonly format?: 'raw' } {
  return format === 'raw' ? { format } : {};
}

function poolEntry(host: LibvirtHost, pool: AnyPool): ManifestPool {
  const { consoleLogs } = pool.machine;
  return {
    host: host.model.name,
    base: pool.base.name,
    clones: Object.fromEntries(pool.members.map((clone) => [clone.name, cloneEntry(host, clone.model())])),
    retired: pool.retired,
    ...(pool.health === undefined ? {} : { health: manifestHealth(pool.health) }),
    ...(consoleLogs === undefined || Token.isUnresolved(consoleLogs) ? {} : { consoleLogs }),
  };
}

function cloneEntry(host: LibvirtHost, clone: Clone): ManifestClone {
  const addresses = diskAddresses(host.model.name, clone, host.dialect.addresses);
  return {
    base: clone.base.name,
    ...(clone.retainedBase ? { retainedBase: clone.retainedBase.name } : {}),
    uuid: clone.uuid,
    macs: clone.macs,
    ...(clone.adopted ? { adopted: true } : {}),
    domain: host.dialect.addresses.domain(clone.pool, clone.name),
    volumes: Object.fromEntries(
      disksOf(clone).map(({ volume, type, target }, index) => [
        volume,
        { type, target, address: addresses[index]! },
      ]),
    ),
  };
}

function addressesOf(host: LibvirtHost): [string, AddressRole][] {
  const { name } = host.model;
  const { addresses } = host.dialect;
  const { bases, clones, archived } = host.contents();
  const storage = host.model.storage.existing ? undefined : addresses.storage(name, host.model.storage.name);
  return [
    ...(storage === undefined ? [] : [[storage, { role: 'storage', host: name }] as [string, AddressRole]]),
    ...bases.flatMap((base) =>
      uploadedVolumes(base).map((volume): [string, AddressRole] => [
        addresses.base(name, base, volume),
        {
          role: 'base',
          host: name,
          base: base.name,
          volume,
          type: base.outline[volume]!.type,
          retired: base.retired,
        },
      ]),
    ),
    ...clones.flatMap((clone) => cloneAddresses(host, clone)),
    ...archived.map((one): [string, AddressRole] => [
      addresses.archived(name, one.key),
      dataRole('archived', { host: name, pool: one.pool, clone: one.clone }, one),
    ]),
  ];
}

function dataRole(
  role: DataRole['role'],
  owner: Pick<DataRole, 'host' | 'pool' | 'clone'>,
  volume: DataVolume,
): DataRole {
  const { name, size, given, adopted } = volume;
  return {
    role,
    ...owner,
    volume: name,
    type: 'data',
    // Nobody grows a volume that no machine has.
    ...(size === undefined || role === 'archived' ? {} : { size }),
    ...unlessQcow2(dataFormatOf(volume)),
    ...(adopted ? { file: adopted.file } : {}),
    ...given,
  };
}

function cloneAddresses(host: LibvirtHost, clone: Clone): [string, AddressRole][] {
  const { name } = host.model;
  const { addresses } = host.dialect;
  const owner = { host: name, pool: clone.pool, clone: clone.name };
  const block = cloneBlock(clone.pool, clone.name);
  const extra = Object.entries(host.dialect.clone(host.model, clone, host.settings).others).flatMap(
    ([type, resources]) => Object.keys(resources).map((resource) => `${type}.${resource}`),
  );
  const overlays = overlaysOf(clone).map((overlay): [string, AddressRole] => [
    addresses.overlay(clone.pool, clone.name, overlay),
    {
      role: overlay.retained ? 'retained' : 'overlay',
      ...owner,
      volume: overlay.volume,
      type: overlay.type,
      base: overlay.base.name,
    },
  ]);
  const known = new Set(overlays.map(([address]) => address));
  return [
    [addresses.domain(clone.pool, clone.name), { role: 'domain', ...owner }],
    ...overlays,
    ...clone.data.map((volume): [string, AddressRole] => [
      addresses.data(name, volume.key),
      dataRole('data', owner, volume),
    ]),
    ...extra
      .filter((address) => !known.has(address))
      .map((address): [string, AddressRole] => [
        address,
        { role: address === `terraform_data.${block}` ? 'trigger' : 'cloud-init', ...owner },
      ]),
  ];
}
