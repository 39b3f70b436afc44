import type { ResourceChange } from './plan-json';
import { listAt, textAt, unknownAfter } from './values';
import type { VolumeLookup, VolumeReference } from './volumes';

/** What is read of a change of a machine. */
export type MachineChange = Pick<ResourceChange, 'address' | 'before' | 'after' | 'afterUnknown'>;

/** A disk of a machine. */
export interface Attachment {
  /** The device name; `undefined` when the plan does not say it. */
  readonly target: string | undefined;
  readonly volume: VolumeReference;
}

/** The disks of a machine before or after, read-only drives left out; works for both generations of the provider. */
export function attachments(
  change: MachineChange,
  when: 'before' | 'after',
  index: VolumeLookup,
): Attachment[] {
  const values = change[when];
  if (listAt(values, 'devices', 'disks').length > 0) return fromDevices(change, when, index);
  const targets = targetsOf(textAt(values, 'xml', 0, 'xslt') ?? '');
  return listAt(values, 'disk').map((disk, position) => ({
    target: targets.get(position + 1),
    volume: volumeOf08(change, when, disk, position, index),
  }));
}

/** What stands in the plan of the disks, to compare it before and after. */
export function sameDisks(change: MachineChange, index: VolumeLookup): boolean {
  if (listAt(change.after, 'disk').some((_, position) => unknownAfter(change, 'disk', position, 'volume_id')))
    return false;
  const text = (when: 'before' | 'after'): string =>
    JSON.stringify(attachments(change, when, index).map(({ target, volume }) => [target, volume.text]));
  return text('before') === text('after');
}

function fromDevices(change: MachineChange, when: 'before' | 'after', index: VolumeLookup): Attachment[] {
  return listAt(change[when], 'devices', 'disks').flatMap((disk, position) => {
    if ((textAt(disk, 'device') ?? 'disk') !== 'disk') return [];
    return [
      { target: textAt(disk, 'target', 'dev'), volume: volumeOf09(change, when, disk, position, index) },
    ];
  });
}

function volumeOf09(
  change: MachineChange,
  when: 'before' | 'after',
  disk: unknown,
  position: number,
  index: VolumeLookup,
): VolumeReference {
  const name = textAt(disk, 'source', 'volume', 'volume');
  if (name !== undefined) return index.named(textAt(disk, 'source', 'volume', 'pool'), name);
  const file = textAt(disk, 'source', 'file', 'file');
  if (file !== undefined) return index.atPath(file);
  if (when === 'after' && unknownAfter(change, 'devices', 'disks', position, 'source', 'volume', 'volume')) {
    return index.literal(
      change.address,
      'devices',
      'constant_value',
      'disks',
      position,
      'source',
      'volume',
      'volume',
    );
  }
  return { gone: false, text: 'a disk that is no volume' };
}

function volumeOf08(
  change: MachineChange,
  when: 'before' | 'after',
  disk: unknown,
  position: number,
  index: VolumeLookup,
): VolumeReference {
  const path = textAt(disk, 'volume_id') ?? textAt(disk, 'file') ?? textAt(disk, 'block_device');
  if (path !== undefined) return index.atPath(path);
  if (when === 'after' && unknownAfter(change, 'disk', position, 'volume_id')) {
    return index.referred(change.address, 'disk', position, 'volume_id');
  }
  return { gone: false, text: textAt(disk, 'url') ?? 'a disk that is no volume' };
}

/** The device names by the position of the disk: provider 0.8 has no attribute for them, regraft's stylesheet sets them. */
function targetsOf(stylesheet: string): Map<number, string> {
  const templates = stylesheet.matchAll(
    /match="\/domain\/devices\/disk\[(\d+)\]\/target"><target dev="(\w+)"/g,
  );
  return new Map([...templates].map(([, position, target]) => [Number(position), target!]));
}
