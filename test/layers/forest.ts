import fc from 'fast-check';
import type { LayerInput, LayerStack } from '../../lib/layers';
import type { HostContents, HostDisk, HostDomain, HostFile } from '../../lib/model/host-contents';
import type { Manifest } from '../../lib/model/manifest';

/** The folder of the storage pool that regraft owns. */
export const POOL = '/pool';

/** A volume of a host. */
export function file(path: string, more: Partial<HostFile> = {}): HostFile {
  return {
    path,
    identity: path,
    presence: 'present',
    pool: path.startsWith(POOL) ? 'pool' : 'other',
    name: path.slice(path.lastIndexOf('/') + 1),
    format: 'qcow2',
    capacity: 2 ** 30,
    allocation: 2 ** 20,
    mode: path.endsWith('.base.qcow2') ? 0o444 : 0o600,
    modified: 1_795_000_000,
    ...more,
  };
}

/** A machine that is off, with a disk on each path, and what its snapshots go back to. */
export function domain(name: string, paths: readonly string[], snapshot: readonly string[] = []): HostDomain {
  const disks = (list: readonly string[]): HostDisk[] =>
    list.map((path, index) => ({
      target: `vd${'abcdefghij'[index]}`,
      device: 'disk',
      bus: 'virtio',
      format: 'qcow2',
      path,
    }));
  return {
    name,
    uuid: name,
    running: false,
    xml: '',
    disks: disks(paths),
    liveDisks: [],
    kept: snapshot.length === 0 ? [] : [{ of: 'snapshot before', disks: disks(snapshot) }],
  };
}

/** What a stack says of the host, with nothing on it. */
export const EMPTY: Manifest = {
  version: 1,
  hosts: { lab: { provider: '0.9', storage: 'pool', path: POOL } },
  bases: {},
  pools: {},
  rebases: [],
  addresses: {},
};

/** What is known of a host with these files and machines. */
export function input(
  files: readonly HostFile[],
  domains: readonly HostDomain[] = [],
  stack: Partial<LayerStack> = {},
): LayerInput {
  const pools = [
    { name: 'pool', type: 'dir', path: POOL, active: true },
    { name: 'other', type: 'dir', path: '/other', active: true },
  ];
  const contents: HostContents = { pools, files, domains };
  return {
    host: 'lab',
    uri: 'qemu:///system',
    contents,
    stacks: [{ stack: 'lab', host: 'lab', manifest: EMPTY, objects: [], ...stack }],
    recorded: new Map(),
  };
}

/** Hosts with chains of any shape: bases and overlays in two pools, other names of one file, machines with snapshots. */
export const forests = fc
  .record({
    files: fc.array(
      fc.record({
        kind: fc.constantFrom('base', 'overlay', 'elsewhere'),
        below: fc.option(fc.nat(), { nil: undefined }),
        /** The file is another name of an earlier one. */
        same: fc.option(fc.nat(), { nil: undefined, freq: 8 }),
      }),
      { minLength: 1, maxLength: 14 },
    ),
    domains: fc.array(
      fc.record({ disks: fc.array(fc.nat(), { maxLength: 3 }), kept: fc.array(fc.nat(), { maxLength: 2 }) }),
      { maxLength: 4 },
    ),
  })
  .map(({ files, domains }): LayerInput => {
    const paths = files.map(({ kind }, index) => {
      if (kind === 'base') return `${POOL}/b${index}.root.base.qcow2`;
      return kind === 'overlay' ? `${POOL}/c${index}.root.b0.20260101000000.qcow2` : `/other/x${index}.qcow2`;
    });
    const at = (number: number): string => paths[number % paths.length]!;
    const made: HostFile[] = [];
    files.forEach(({ kind, below, same }, index) => {
      const twin = same === undefined || index === 0 ? undefined : made[same % index];
      if (twin && kind !== 'base') {
        made.push({ ...twin, path: paths[index]!, name: paths[index]!.split('/').at(-1)!, pool: 'other' });
        return;
      }
      // A base may be an overlay itself; what is below is any file, later ones and itself too.
      made.push(
        file(paths[index]!, below === undefined ? {} : { backing: { path: at(below), format: 'qcow2' } }),
      );
    });
    return input(
      made,
      domains.map(({ disks, kept }, index) => domain(`m${index}`, disks.map(at), kept.map(at))),
    );
  });
