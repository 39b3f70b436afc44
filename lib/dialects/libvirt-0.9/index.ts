import type { Origin } from '../../model/base';
import { rawSize } from '../../model/base';
import type { Clone, Overlay } from '../../model/clone';
import { overlaysOf } from '../../model/clone';
import { baseKey } from '../../model/file-names';
import type { Host } from '../../model/host';
import { maskedUri } from '../../model/manifest';
import {
  cloneBlock,
  hostBlocks,
  overlayBlock,
  providerOf,
  reference,
  storageName,
  volumeAddress,
} from '../addresses';
import { libvirtAddresses } from '../address-book';
import type { CloneResources, Dialect, DialectSettings, HostContents, Resources } from '../dialect';
import { GUARDED, OVERLAY_LIFECYCLE, overlayFileName, PLAN_TIME } from '../expressions';
import type { VolumeEntry, VolumeLifecycle } from '../guarded-blocks';
import { ignoring, movesOf, volumeBlocks } from '../guarded-blocks';
import { domainOf } from './domain';
import type { CloudInitDiskAttributes, PoolAttributes, VolumeAttributes } from './schema';

/**
 * The dialect of provider dmacvicar/libvirt 0.9.
 *
 * A machine whose disks change is updated in place and keeps its UUID. Volumes cannot be updated at all by this
 * provider, so all that is said once is ignored from then on.
 */
export const libvirt09: Dialect = {
  generation: '0.9',
  providerName: 'libvirt',
  providerSource: 'dmacvicar/libvirt',
  versionConstraint: '~> 0.9.7',
  machineType: 'libvirt_domain',
  addresses: libvirtAddresses,
  problems: (host, contents) => [...unixTransport(host), ...sizelessVolumes(contents)],
  provider: ({ uri }) => ({ uri }),
  host: hostResources,
  clone: cloneResources,
  moves: ({ name }, contents) => movesOf(name, contents),
};

/** This provider knows no `unix` transport ("unsupported transport: unix"), though libvirt and 0.8 do. */
function unixTransport({ uri }: Host): string[] {
  const [, driver, rest] = /^([a-z]+)\+unix:\/\/(.*)$/.exec(uri) ?? [];
  return driver === undefined
    ? []
    : [`uri ${maskedUri(uri)}: provider 0.9 knows no transport unix, write ${driver}://${rest}`];
}

/** This provider makes no volume without a capacity, and cannot look up the one of a volume that another stack made. */
function sizelessVolumes({ clones }: HostContents): string[] {
  const found = clones.flatMap((clone) =>
    overlaysOf(clone)
      .filter(({ base, volume, size }) => size === undefined && base.origins[volume]?.kind === 'existing')
      .map(
        ({ base, volume }) =>
          `base ${base.name}: volume ${volume} is on the host already and has no size: say its size, provider 0.9 needs it`,
      ),
  );
  return [...new Set(found)];
}

function hostResources(host: Host, contents: HostContents): Resources {
  const { name, storage } = host;
  const pool: PoolAttributes = {
    provider: providerOf(host),
    for_each: { [storage.name]: storage.path },
    name: '${each.key}',
    type: 'dir',
    target: { path: '${each.value}' },
    create: { build: true, start: true, autostart: true },
    lifecycle: GUARDED,
  };
  return {
    ...(storage.existing ? {} : { libvirt_pool: { [hostBlocks.storage(name)]: pool } }),
    libvirt_volume: volumeBlocks(
      name,
      contents,
      (entries, lifecycle) => baseBlock(host, entries, lifecycle),
      (entries, lifecycle) => dataBlock(host, entries, lifecycle),
    ),
  };
}

function baseBlock(host: Host, entries: Record<string, VolumeEntry>, lifecycle: object): VolumeAttributes {
  return {
    provider: providerOf(host),
    for_each: entries,
    name: '${each.value.file}',
    pool: storageName(host),
    target: { format: { type: '${each.value.format}' }, permissions: { mode: '0444' } },
    create: { content: { url: '${each.value.source}' } },
    // A raw base whose first bytes look like another format is still the base that was made.
    lifecycle: { ...lifecycle, ignore_changes: ['target'] },
  };
}

function dataBlock(
  host: Host,
  entries: Record<string, VolumeEntry>,
  lifecycle: VolumeLifecycle,
): VolumeAttributes {
  return {
    provider: providerOf(host),
    for_each: entries,
    name: '${each.value.file}',
    pool: storageName(host),
    capacity: '${try(each.value.size, null)}',
    target: { format: { type: '${each.value.format}' } },
    create: '${try({ content = { url = each.value.source } }, null)}',
    lifecycle: ignoring(lifecycle, ['capacity', 'create', 'target', 'backing_store']),
  };
}

function cloneResources(host: Host, clone: Clone, settings: DialectSettings): CloneResources {
  const block = cloneBlock(clone.pool, clone.name);
  const volumes = overlaysOf(clone).map((overlay): [string, VolumeAttributes] => [
    overlayBlock(clone.pool, clone.name, overlay),
    overlayOf(host, clone, overlay),
  ]);
  if (clone.cloudInit) volumes.push([`${block}__cloud-init`, cloudInitVolume(host, clone)]);
  return {
    domain: domainOf(host, clone, settings),
    others: {
      libvirt_volume: Object.fromEntries(volumes),
      ...(clone.cloudInit ? { libvirt_cloudinit_disk: { [block]: cloudInitDisk(host, clone) } } : {}),
    },
  };
}

function overlayOf(host: Host, clone: Clone, overlay: Overlay): VolumeAttributes {
  const { base, volume, size } = overlay;
  const origin = base.origins[volume];
  const backing = volumeAddress(hostBlocks.bases(host.name), baseKey(base.name, volume));
  return {
    provider: providerOf(host),
    name: overlayFileName(clone.name, overlay),
    pool: storageName(host),
    capacity: size ?? rawSize(base, volume) ?? reference(backing, 'capacity'),
    target: { format: { type: 'qcow2' } },
    ...(origin
      ? { backing_store: { path: backingPath(host, origin, backing), format: { type: origin.format } } }
      : {}),
    lifecycle: OVERLAY_LIFECYCLE,
  };
}

function backingPath(host: Host, origin: Origin, address: string): string {
  return origin.kind === 'existing' ? `${host.storage.path}/${origin.file}` : reference(address, 'path');
}

function cloudInitDisk(host: Host, clone: Clone): CloudInitDiskAttributes {
  const { userData, metaData, networkConfig } = clone.cloudInit!;
  return {
    provider: providerOf(host),
    name: `${clone.name}-cloud-init`,
    user_data: userData,
    meta_data: metaData,
    ...(networkConfig === undefined ? {} : { network_config: networkConfig }),
  };
}

function cloudInitVolume(host: Host, clone: Clone): VolumeAttributes {
  return {
    provider: providerOf(host),
    name: `${clone.name}.cloud-init.${PLAN_TIME}.iso`,
    pool: storageName(host),
    // What libvirt finds it to be once it has looked: for another word the provider plans a change that it cannot make.
    target: { format: { type: 'iso' } },
    create: {
      content: { url: reference(`libvirt_cloudinit_disk.${cloneBlock(clone.pool, clone.name)}`, 'path') },
    },
    lifecycle: OVERLAY_LIFECYCLE,
  };
}
