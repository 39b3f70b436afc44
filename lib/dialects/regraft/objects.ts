import { parseOverlayFileName } from '../../model/file-names';
import { textAt } from '../../model/plan-values';
import { archivedIn, machineIn, overlayIn, volumeIn } from './addresses';

/** What kind of object stands inside a resource. */
export type InnerKind = 'base' | 'machine' | 'overlay' | 'retained' | 'data' | 'archived';

/**
 * A machine or volume inside a resource of regraft's own provider, in the shape that provider dmacvicar/libvirt 0.9
 * has for it, so that whatever reads that reads this.
 */
export interface InnerObject {
  readonly address: string;
  readonly kind: InnerKind;
  /** Left out for a machine. */
  readonly volume?: string;
  readonly type: 'libvirt_domain' | 'libvirt_volume';
  readonly values: Readonly<Record<string, unknown>>;
}

/** The types of the resources that are looked into. */
const TYPES = new Set(['regraft_base', 'regraft_clone']);

/** Whether a resource holds machines and volumes that are spoken of one by one. */
export function isComposed(type: string): boolean {
  return TYPES.has(type);
}

/** The machine and the volumes that a resource holds; none of one that is not there. */
export function innerObjects(address: string, type: string, values: unknown): InnerObject[] {
  if (values === null || values === undefined) return [];
  return type === 'regraft_base' ? baseVolumes(address, values) : cloneObjects(address, values);
}

/** Volumes that were there before are only referred to; data volumes of a base are each clone's own. */
function baseVolumes(address: string, values: object): InnerObject[] {
  return entriesAt(values, 'volumes').flatMap(([volume, entry]) => {
    const path = textAt(entry, 'path');
    const isOwn = textAt(entry, 'existing') === undefined && textAt(entry, 'image') !== undefined;
    if (textAt(entry, 'type') === 'data' || !isOwn) return [];
    return [
      {
        address: volumeIn(address, volume),
        kind: 'base' as const,
        volume,
        type: 'libvirt_volume' as const,
        values: {
          ...fileOf(path),
          capacity: valueAt(entry, 'size'),
          target: { format: { type: textAt(entry, 'format') } },
          create: { content: { url: textAt(entry, 'image') } },
        },
      },
    ];
  });
}

function cloneObjects(address: string, values: object): InnerObject[] {
  const base = textAt(values, 'base') ?? UNKNOWN;
  const volumes = entriesAt(values, 'volumes');
  const data = volumes.filter(([, entry]) => textAt(entry, 'type') === 'data');
  if (valueAt(values, 'retired') === true)
    return data.flatMap(([volume, entry]) =>
      isThere(entry)
        ? [{ ...volumeObject(archivedIn(address, volume), volume, entry), kind: 'archived' as const }]
        : [],
    );
  const overlays = volumes.filter(([, entry]) => textAt(entry, 'type') !== 'data' && isThere(entry));
  return [
    { address: machineIn(address), kind: 'machine', type: 'libvirt_domain', values: machineOf(values) },
    ...overlays.map(([volume, entry]) => ({
      ...volumeObject(overlayIn(address, volume, base), volume, entry),
      kind: 'overlay' as const,
    })),
    ...data
      .filter(([, entry]) => isThere(entry))
      .map(([volume, entry]) => ({
        ...volumeObject(volumeIn(address, volume), volume, entry),
        kind: 'data' as const,
      })),
    ...entriesAt(values, 'retained').flatMap(([volume, path]) => retainedOf(address, values, volume, path)),
  ];
}

/** What stands for the name of a base that is only known after apply. */
const UNKNOWN = '(known after apply)';

function retainedOf(address: string, values: object, volume: string, path: unknown): InnerObject[] {
  if (typeof path !== 'string') return [];
  const base = textAt(values, 'retain') ?? parseOverlayFileName(nameOf(path))?.base ?? UNKNOWN;
  return [
    {
      address: overlayIn(address, volume, base),
      kind: 'retained',
      volume,
      type: 'libvirt_volume',
      values: { ...fileOf(path), target: { format: { type: 'qcow2' } } },
    },
  ];
}

/** One whose path is null was found missing; one without a path gets it in the apply. */
function isThere(entry: unknown): boolean {
  return (entry as { path?: unknown }).path !== null;
}

function volumeObject(address: string, volume: string, entry: object): Omit<InnerObject, 'kind'> {
  const [path, file, backing] = [textAt(entry, 'path'), textAt(entry, 'file'), textAt(entry, 'backing')];
  return {
    address,
    volume,
    type: 'libvirt_volume',
    values: {
      ...(path === undefined && file !== undefined ? { name: file } : fileOf(path)),
      ...(typeof valueAt(entry, 'size') === 'number' ? { capacity: valueAt(entry, 'size') } : {}),
      target: { format: { type: textAt(entry, 'type') === 'data' ? textAt(entry, 'format') : 'qcow2' } },
      ...(backing === undefined
        ? {}
        : { backing_store: { path: backing, format: { type: textAt(entry, 'backing_format') } } }),
    },
  };
}

function fileOf(path: string | undefined): object {
  return path === undefined ? {} : { id: path, path, name: nameOf(path) };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function machineOf(values: object): Record<string, unknown> {
  const xml = textAt(values, 'domain_xml');
  const uuid = textAt(values, 'uuid') ?? /<uuid>\s*([\da-f-]+)\s*<\/uuid>/i.exec(xml ?? '')?.[1];
  const loader = /<loader\b[^>]*>\s*([^<\s]+)/.exec(xml ?? '')?.[1];
  const disks = entriesAt(values, 'volumes')
    // One that a machine boots from comes first, as in the order in which disks are written.
    .sort(([, a], [, b]) => Number(valueAt(b, 'boot') === true) - Number(valueAt(a, 'boot') === true))
    .map(([, entry]) => diskOf(entry));
  return {
    name: textAt(values, 'name'),
    ...(uuid === undefined ? {} : { uuid }),
    ...(loader === undefined ? {} : { os: { loader } }),
    devices: { disks, interfaces: macsOf(values, xml).map((address) => ({ mac: { address } })) },
    definition: xml,
    ...(valueAt(values, 'autostart') === true ? { autostart: true } : {}),
    cloud_init: valueAt(values, 'cloud_init'),
  };
}

function diskOf(entry: object): object {
  const path = textAt(entry, 'path');
  return {
    device: 'disk',
    ...(path === undefined ? {} : { source: { file: { file: path } } }),
    target: { dev: textAt(entry, 'target'), bus: textAt(entry, 'bus') },
    driver: { type: textAt(entry, 'type') === 'data' ? textAt(entry, 'format') : 'qcow2' },
    ...(valueAt(entry, 'boot') === true ? { boot: true } : {}),
    wwn: textAt(entry, 'wwn'),
  };
}

/** The addresses that the provider knows, else those that the definition says. */
function macsOf(values: object, xml = ''): string[] {
  const known = valueAt(values, 'macs');
  if (Array.isArray(known)) return known.filter((mac): mac is string => typeof mac === 'string');
  return [...xml.matchAll(/<mac\s+address=["']([^"']+)["']/g)].map(([, mac]) => mac!);
}

/** The value of an attribute, null where it is null: that is a difference, too. */
function valueAt(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[name];
}

/** The entries of a map of objects or texts, by name, so that their order is no difference. */
function entriesAt(values: object, name: string): [string, object][] {
  const map = valueAt(values, name);
  if (typeof map !== 'object' || map === null) return [];
  return Object.entries(map as Record<string, object>)
    .filter(([, entry]) => entry !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
