import { archivedIn, cloneResource, overlayIn, volumeIn } from '../../lib/dialects/regraft/addresses';
import type { Block, Synthesized } from './synthesis';
import { blocks, manifest } from './synthesis';

/** What a guarded block holds: its volumes by key. */
export type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The data volumes of all hosts of a stack, by host and key. */
export function dataEntries(stack: Synthesized): Entries {
  return entriesOf(stack, 'data');
}

/** The data volumes of retired clones, by host and key. */
export function archivedEntries(stack: Synthesized): Entries {
  return entriesOf(stack, 'archived');
}

function entriesOf(stack: Synthesized, kind: 'data' | 'archived'): Entries {
  const clones = cloneBlocks(stack).filter(
    ({ block }) => (block['retired'] === true) === (kind === 'archived'),
  );
  if (Object.keys(blocks(stack, 'regraft_base')).length > 0 || clones.length > 0)
    return dataOf(stack, clones);
  const found = Object.keys(manifest(stack).hosts).flatMap((host) =>
    Object.entries(blocks(stack, 'libvirt_volume')[`${host}__${kind}`]?.for_each ?? {}).map(
      ([key, entry]) => [`${host}:${key}`, entry],
    ),
  );
  return Object.fromEntries(found);
}

/** A clone of regraft's own provider, which is one resource. */
interface CloneBlock {
  readonly pool: string;
  readonly clone: string;
  readonly block: Block;
  readonly base: Block;
}

type CloneVolume = Readonly<Record<string, unknown>> & { readonly type: string; readonly target: string };

function cloneBlocks(stack: Synthesized): CloneBlock[] {
  return Object.entries(blocks(stack, 'regraft_clone')).map(([name, block]) => {
    const [pool, clone] = name.split('__') as [string, string];
    return { pool, clone, block, base: baseOf(stack, block['base']) };
  });
}

/** The block of the base that a reference such as `${regraft_base.HOST__BASE.name}` names. */
function baseOf(stack: Synthesized, reference: unknown): Block {
  const found = blocks(stack, 'regraft_base')[addressIn(String(reference)).split('.')[1]!];
  if (!found) throw new Error(`no base ${String(reference)}`);
  return found;
}

function volumesOf(block: Block): [string, CloneVolume][] {
  return Object.entries(block['volumes'] as Record<string, CloneVolume>);
}

function dataOf(stack: Synthesized, clones: readonly CloneBlock[]): Entries {
  const { pools, addresses } = manifest(stack);
  const entries = clones.flatMap(({ pool, clone, block, base }) => {
    const outline = base['volumes'] as Record<string, { image?: string }>;
    return (
      volumesOf(block)
        .filter(([, { type }]) => type === 'data')
        // A volume that another clone has taken over is that one's.
        .filter(
          ([volume]) =>
            block['retired'] !== true || archivedIn(cloneResource(pool, clone), volume) in addresses,
        )
        .map(([volume, { size, seed, file = `${clone}.${volume}.data.qcow2`, format = 'qcow2' }]) => [
          `${pools[pool]!.host}:${pool}/${clone}/${volume}`,
          { file, format, size, seed: seed ?? outline[volume]?.image },
        ])
    );
  });
  return Object.fromEntries(entries.sort());
}

/** The disks of every machine of a stack, by the block that it stands in. */
export function machineDisks(stack: Synthesized): Readonly<Record<string, FoundDisk[]>> {
  const libvirt = Object.entries(blocks(stack, 'libvirt_domain')).map(([name, domain]) => [
    name,
    disksOf(domain),
  ]);
  const own = cloneBlocks(stack)
    .filter(({ block }) => block['retired'] !== true)
    .map((one) => [`${one.pool}__${one.clone}`, ownDisks(one)]);
  return Object.fromEntries([...libvirt, ...own]);
}

function ownDisks({ pool, clone, block, base }: CloneBlock): FoundDisk[] {
  const resource = cloneResource(pool, clone);
  const outline = base['volumes'] as Record<string, { bus: string }>;
  return volumesOf(block).map(([volume, { type, target, bus = outline[volume]!.bus }]) => ({
    volume,
    target,
    bus: String(bus),
    address: type === 'data' ? volumeIn(resource, volume) : overlayIn(resource, volume, base.name),
  }));
}

/** Where a machine's disk stands and what is behind it. */
export interface FoundDisk {
  readonly volume: string;
  readonly target: string;
  readonly bus: string;
  readonly address: string;
}

/** The disks of a synthesized machine, read from the attributes of its provider. */
export function disksOf(domain: Block): FoundDisk[] {
  return 'devices' in domain ? newDisks(domain) : oldDisks(domain);
}

interface NewDisk {
  readonly device: string;
  readonly serial: string;
  readonly target: { readonly dev: string; readonly bus: string };
  readonly source: { readonly volume: { readonly volume: string } };
}

function newDisks(domain: Block): FoundDisk[] {
  const { disks } = domain['devices'] as { disks: NewDisk[] };
  return disks
    .filter(({ device }) => device === 'disk')
    .map(({ serial, target, source }) => ({
      volume: serial,
      target: target.dev,
      bus: target.bus,
      address: addressIn(source.volume.volume),
    }));
}

/** Provider 0.8 takes the volumes as a list; what its XSLT makes of the third is in the template of `disk[3]`. */
function oldDisks(domain: Block): FoundDisk[] {
  const { xslt } = domain['xml'] as { xslt: string };
  return (domain['disk'] as { volume_id: string }[]).map(({ volume_id }, index) => {
    const template = new RegExp(
      `disk\\[${index + 1}\\]/target"><target dev="(\\w+)" bus="(\\w+)"/><serial>([^<]+)</serial>`,
    ).exec(xslt);
    const [, target = '?', bus = '?', volume = '?'] = template ?? [];
    return { volume, target, bus, address: addressIn(volume_id) };
  });
}

/** The address in a reference such as `${libvirt_volume.x["k"].id}`. */
export function addressIn(reference: string): string {
  return /^\$\{(.+)\.\w+\}$/.exec(reference)?.[1] ?? reference;
}

/** The addresses of a stack's overlays, by the clone's block. */
export function overlayNames(stack: Synthesized): string[] {
  return Object.keys(blocks(stack, 'libvirt_volume')).filter((name) => name.split('__').length === 4);
}

/** Every resource block by its address, as text. */
export function resourceTexts({ json }: Synthesized): Map<string, string> {
  return new Map(
    Object.entries(json.resource).flatMap(([type, named]) =>
      Object.entries(named).map(([name, content]): [string, string] => [
        `${type}.${name}`,
        JSON.stringify(content),
      ]),
    ),
  );
}

/** The addresses of resources that one stack has otherwise than the other, or not at all. */
export function differences(before: Synthesized, after: Synthesized): string[] {
  const [old, now] = [resourceTexts(before), resourceTexts(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((address) => old.get(address) !== now.get(address))
    .sort();
}
