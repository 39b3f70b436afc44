import type { BaseImage, Origin } from './base';
import { dataFileName, dataKey } from './file-names';
import type { CloudInit, Machine } from './machine';
import { volumeOrder } from './outline';
import type { Bus, ImageFormat } from './volume-type';
import { devicePrefix } from './volume-type';

/** Where a data volume comes from that a retired clone has left. */
export interface GivenData {
  /** Its keys when it was other clones', `POOL/CLONE/VOLUME`, the last first; there is at least one. */
  readonly from: readonly [string, ...string[]];
  /** The file name, which it keeps for life. */
  readonly file: string;
}

/** What a data volume that was there before regraft keeps for life. */
export interface AdoptedVolume {
  /** Its file name in the host's storage. */
  readonly file: string;
  /** Its format as its machine was defined with it; never probed, so that no guest can choose it. */
  readonly format: ImageFormat;
  /** Its virtual size in bytes; left out when it is the outline's. */
  readonly size?: number;
}

/** What data volumes of a clone keep that others had before it, by name. */
export interface KeptData {
  readonly given?: Readonly<Record<string, GivenData>>;
  readonly adopted?: Readonly<Record<string, AdoptedVolume>>;
}

/** A data volume of a clone. */
export interface DataVolume {
  readonly name: string;
  /** Its key in the host's guarded block, `POOL/CLONE/VOLUME`. */
  readonly key: string;
  /** The virtual size in bytes; left out when it is the seed's. */
  readonly size?: number;
  readonly seed?: Origin;
  readonly bus: Bus;
  /** The retired clone that it was taken over from, and the file that it keeps for life; left out for one of its own. */
  readonly given?: GivenData;
  /** Whether it is this clone's own and not in the base's outline. */
  readonly extra: boolean;
  /** Left out when regraft has made it. */
  readonly adopted?: AdoptedVolume;
}

/** An overlay of a clone on a base; the address of one contains the base, so that a rebase makes it beside the old one. */
export interface Overlay {
  readonly volume: string;
  readonly type: 'system' | 'temporary';
  readonly base: BaseImage;
  /** The virtual size in bytes; left out when it is the backing volume's. */
  readonly size?: number;
  /** Whether it is kept as the way back and no machine uses it. */
  readonly retained: boolean;
}

/** One machine made from a base. */
export interface Clone {
  readonly pool: string;
  readonly name: string;
  readonly uuid: string;
  readonly macs: readonly string[];
  /** Whether its machine was there before regraft. */
  readonly adopted?: true;
  readonly machine: Machine;
  readonly cloudInit?: CloudInit;
  /** The base that it is on. */
  readonly base: BaseImage;
  /** The base that it comes from during a rebase with a way back. */
  readonly retainedBase?: BaseImage;
  readonly data: readonly DataVolume[];
  /** A text that is another one for each restore; left out when none is asked for. Only provider regraft has it, others replace overlays. */
  readonly restore?: string;
}

/** A disk of a clone's machine. */
export interface Disk {
  readonly volume: string;
  readonly type: 'system' | 'temporary' | 'data';
  /** The device name in libvirt, such as `vda`. */
  readonly target: string;
  readonly bus: Bus;
  /** Whether the machine boots from it; said on the disk, since libvirt would take the first one of its own order. */
  readonly boot: boolean;
}

/** All overlays of a clone: those that its machine uses and those that are retained. */
export function overlaysOf(clone: Clone): Overlay[] {
  const current = overlaysOn(clone.base, false);
  const retained = clone.retainedBase
    ? overlaysOn(clone.retainedBase, true).filter(({ type }) => type === 'system')
    : [];
  return [...current, ...retained];
}

function overlaysOn(base: BaseImage, retained: boolean): Overlay[] {
  return volumeOrder(base.outline, base.boot).flatMap((volume) => {
    const { type, size } = base.outline[volume]!;
    if (type === 'data') return [];
    return [{ volume, type, base, retained, ...(size === undefined ? {} : { size }) }];
  });
}

/**
 * The disks of a clone's machine in libvirt's order.
 *
 * Devices are given in the order of the outline (the boot volume first), then to the clone's own data volumes as they
 * are written: extra volumes come last and keep their order, so that adding one moves no other to another device.
 */
export function disksOf(clone: Pick<Clone, 'base' | 'data'>): Disk[] {
  const { outline, boot } = clone.base;
  const disks = [
    ...volumeOrder(outline, boot).map((volume) => ({
      volume,
      type: outline[volume]!.type,
      bus: outline[volume]!.bus,
    })),
    ...clone.data
      .filter(({ extra }) => extra)
      .map(({ name, bus }) => ({ volume: name, type: 'data' as const, bus })),
  ];
  const used = new Map<string, number>();
  const named = disks.map((disk) => {
    const prefix = devicePrefix(disk.bus);
    const index = used.get(prefix) ?? 0;
    used.set(prefix, index + 1);
    const target = prefix + String.fromCharCode('a'.charCodeAt(0) + index);
    return { ...disk, target, boot: disk.volume === boot };
  });
  return inLibvirtOrder(named, ({ bus }) => bus);
}

/**
 * Disks as libvirt keeps them: those of one bus together, the buses in the order in which they first appear.
 *
 * Written otherwise, what a provider reads back would differ from what it sent (libvirt, `virDomainDiskInsert`).
 */
export function inLibvirtOrder<Item>(disks: readonly Item[], busOf: (disk: Item) => string): Item[] {
  return [...new Set(disks.map(busOf))].flatMap((bus) => disks.filter((disk) => busOf(disk) === bus));
}

/** The data volumes of a clone on a base, its own extra ones last. */
export function dataVolumesOf(
  pool: string,
  clone: string,
  base: BaseImage,
  extra: readonly Omit<DataVolume, 'key' | 'extra'>[],
  kept: KeptData = {},
): DataVolume[] {
  const outlined = volumeOrder(base.outline, base.boot)
    .filter((name) => base.outline[name]!.type === 'data')
    .map((name): DataVolume => {
      const { bus, size } = base.outline[name]!;
      const seed = base.seeds[name];
      return {
        name,
        key: dataKey(pool, clone, name),
        bus,
        extra: false,
        ...(size === undefined ? {} : { size }),
        ...(seed ? { seed } : {}),
      };
    });
  const own = extra.map((volume) => ({ ...volume, key: dataKey(pool, clone, volume.name), extra: true }));
  return [...outlined, ...own].map((volume) => {
    const given = ownValue(kept.given, volume.name);
    const adopted = ownValue(kept.adopted, volume.name);
    return asAdopted(given === undefined ? volume : { ...volume, given }, adopted);
  });
}

function ownValue<Value>(record: Readonly<Record<string, Value>> = {}, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function asAdopted({ seed, ...volume }: DataVolume, adopted: AdoptedVolume | undefined): DataVolume {
  if (adopted === undefined) return { ...volume, ...(seed ? { seed } : {}) };
  return { ...volume, ...(adopted.size === undefined ? {} : { size: adopted.size }), adopted };
}

/** The file name of a data volume, which is the same for life. */
export function dataFileOf(
  clone: string,
  { name, given, adopted }: Pick<DataVolume, 'name' | 'given' | 'adopted'>,
): string {
  return given?.file ?? adopted?.file ?? dataFileName(clone, name);
}

/** The format of a data volume, as far as the code says it. */
export function dataFormatOf({ seed, adopted }: Pick<DataVolume, 'seed' | 'adopted'>): ImageFormat {
  return adopted?.format ?? seed?.format ?? 'qcow2';
}
