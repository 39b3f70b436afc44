import { createHash } from 'node:crypto';
import { rawSize } from '../../model/base';
import type { Clone, Overlay } from '../../model/clone';
import { disksOf, overlaysOf } from '../../model/clone';
import { baseKey } from '../../model/file-names';
import type { Host } from '../../model/host';
import { diskWwn } from '../../model/identity';
import {
  cloneBlock,
  diskAddresses,
  hostBlocks,
  overlayBlock,
  providerOf,
  reference,
  storageName,
  volumeAddress,
} from '../addresses';
import { libvirtAddresses } from '../address-book';
import type { CloneResources, Dialect, HostContents, Resources } from '../dialect';
import { GUARDED, OVERLAY_LIFECYCLE, overlayFileName, PLAN_TIME } from '../expressions';
import type { VolumeEntry, VolumeLifecycle } from '../guarded-blocks';
import { ignoring, movesOf, volumeBlocks } from '../guarded-blocks';
import type {
  CloudInitDiskAttributes,
  DomainAttributes,
  PoolAttributes,
  TriggerAttributes,
  VolumeAttributes,
} from './schema';
import { domainStylesheet, rawBacking, READ_ONLY_VOLUME } from './stylesheet';

/**
 * The dialect of provider dmacvicar/libvirt 0.8.
 *
 * A change of disks is never sent to libvirt by this provider, although it reports success: the machine is replaced
 * instead, with the same UUID and MAC addresses, by a trigger that holds the names of its volumes.
 */
export const libvirt08: Dialect = {
  generation: '0.8',
  providerName: 'libvirt',
  providerSource: 'dmacvicar/libvirt',
  versionConstraint: '~> 0.8.3',
  machineType: 'libvirt_domain',
  addresses: libvirtAddresses,
  problems: () => [],
  provider: ({ uri }) => ({ uri }),
  host: hostResources,
  clone: cloneResources,
  moves: ({ name }, contents) => movesOf(name, contents),
};

function hostResources(host: Host, contents: HostContents): Resources {
  const { name, storage } = host;
  const pool: PoolAttributes = {
    provider: providerOf(host),
    for_each: { [storage.name]: storage.path },
    name: '${each.key}',
    type: 'dir',
    target: { path: '${each.value}' },
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
    format: '${each.value.format}',
    source: '${each.value.source}',
    xml: { xslt: READ_ONLY_VOLUME },
    // A raw base whose first bytes look like another format is still the base that was made.
    lifecycle: { ...lifecycle, ignore_changes: ['format'] },
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
    format: '${each.value.format}',
    size: '${try(each.value.size, null)}',
    source: '${try(each.value.source, null)}',
    // Size and seed are said once, when the volume is made: this provider would replace it for another.
    lifecycle: ignoring(lifecycle, ['size', 'source', 'format', 'base_volume_id']),
  };
}

function cloneResources(host: Host, clone: Clone): CloneResources {
  const block = cloneBlock(clone.pool, clone.name);
  const overlays = overlaysOf(clone);
  const trigger: TriggerAttributes = { triggers_replace: triggersOf(host, clone) };
  return {
    domain: domainOf(host, clone),
    others: {
      libvirt_volume: Object.fromEntries(
        overlays.map((overlay) => [
          overlayBlock(clone.pool, clone.name, overlay),
          overlayOf(host, clone, overlay),
        ]),
      ),
      terraform_data: { [block]: trigger },
      ...(clone.cloudInit ? { libvirt_cloudinit_disk: { [block]: cloudInitOf(host, clone) } } : {}),
    },
  };
}

function overlayOf(host: Host, clone: Clone, overlay: Overlay): VolumeAttributes {
  return {
    provider: providerOf(host),
    name: overlayFileName(clone.name, overlay),
    pool: storageName(host),
    format: 'qcow2',
    ...(overlay.size === undefined ? {} : { size: overlay.size }),
    ...backingOf(host, overlay),
    ...fixedFormat(overlay),
  };
}

/** Overlays from before this was said are not made anew for it. */
function fixedFormat({ base, volume, size }: Overlay): Pick<VolumeAttributes, 'xml' | 'lifecycle'> {
  if (base.origins[volume]?.format !== 'raw') return { lifecycle: OVERLAY_LIFECYCLE };
  const ignored = [...OVERLAY_LIFECYCLE.ignore_changes, 'xml'];
  return {
    xml: { xslt: rawBacking(size ?? rawSize(base, volume)) },
    lifecycle: { ...OVERLAY_LIFECYCLE, ignore_changes: ignored },
  };
}

function backingOf(host: Host, { base, volume }: Overlay): Partial<VolumeAttributes> {
  const origin = base.origins[volume];
  if (!origin) return {};
  if (origin.kind === 'existing')
    return { base_volume_name: origin.file, base_volume_pool: storageName(host) };
  return {
    base_volume_id: reference(volumeAddress(hostBlocks.bases(host.name), baseKey(base.name, volume)), 'id'),
  };
}

function domainOf(host: Host, clone: Clone): DomainAttributes {
  const { machine } = clone;
  const addresses = diskAddresses(host.name, clone);
  const block = cloneBlock(clone.pool, clone.name);
  return {
    provider: providerOf(host),
    name: clone.name,
    type: machine.accelerator,
    vcpu: machine.vcpus,
    memory: machine.memory / 2 ** 20,
    arch: machine.architecture,
    autostart: machine.autostart,
    running: false,
    ...(machine.firmware.kind === 'uefi'
      ? { firmware: machine.firmware.loader, nvram: { template: machine.firmware.nvramTemplate } }
      : {}),
    disk: disksOf(clone).map(({ volume, bus }, index) => ({
      volume_id: reference(addresses[index]!, 'id'),
      ...(bus === 'scsi' ? { scsi: true as const, ...wwnOf(clone, volume) } : {}),
    })),
    ...(machine.networks.length === 0 ? {} : { network_interface: networkInterfaces(clone) }),
    ...(machine.graphics.kind === 'none'
      ? {}
      : {
          graphics: {
            type: machine.graphics.kind,
            autoport: true,
            listen_type: 'address',
            listen_address: machine.graphics.listen,
          },
        }),
    ...(clone.cloudInit ? { cloudinit: reference(`libvirt_cloudinit_disk.${block}`, 'id') } : {}),
    xml: { xslt: domainStylesheet(host, clone) },
    lifecycle: {
      // A user starts and stops the machine; Terraform defines it.
      ignore_changes: ['running', 'nvram', ...(clone.adopted ? ['description'] : [])],
      replace_triggered_by: [`terraform_data.${block}`],
    },
  };
}

/** A machine that was there before regraft has disks without one. */
function wwnOf({ pool, name, adopted }: Clone, volume: string): { wwn?: string } {
  return adopted ? {} : { wwn: diskWwn(pool, name, volume) };
}

function networkInterfaces({ machine, macs }: Clone): NonNullable<DomainAttributes['network_interface']> {
  return machine.networks.map((network, index) => ({
    // The provider writes MAC addresses in capitals, and so does its state.
    mac: macs[index]!.toUpperCase(),
    ...(network.kind === 'named' ? { network_name: network.network } : { bridge: network.bridge }),
  }));
}

function cloudInitOf(host: Host, clone: Clone): CloudInitDiskAttributes {
  const { userData, metaData, networkConfig } = clone.cloudInit!;
  return {
    provider: providerOf(host),
    name: `${clone.name}.cloud-init.${PLAN_TIME}.iso`,
    pool: storageName(host),
    user_data: userData,
    meta_data: metaData,
    ...(networkConfig === undefined ? {} : { network_config: networkConfig }),
    lifecycle: OVERLAY_LIFECYCLE,
  };
}

/** What replaces the machine when it changes: the names of its volumes, and what the provider would not send either. */
function triggersOf(host: Host, clone: Clone): string[] {
  const { networks, architecture } = clone.machine;
  const unsent = createHash('sha256')
    .update(JSON.stringify([networks, clone.macs, architecture]))
    .digest('hex')
    .slice(0, 12);
  const cloudInit = clone.cloudInit
    ? [reference(`libvirt_cloudinit_disk.${cloneBlock(clone.pool, clone.name)}`, 'name')]
    : [];
  return [
    ...diskAddresses(host.name, clone).map((address) => reference(address, 'name')),
    ...cloudInit,
    `shape ${unsent}`,
  ];
}
