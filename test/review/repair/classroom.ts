import type { VolumeEntry } from '../../../lib/dialects/guarded-blocks';
import type { Manifest } from '../../../lib/model/manifest';
import { parseManifest } from '../../../lib/review';
import type { DomainFact, VolumeFact } from '../../../lib/review';
import type { RepairGiven, RepairHost, RepairObject } from '../../../lib/review/repair';
import { type Stage, stackOf } from '../classroom';

/** A host and a state as one wants them, to take something away from. */
export interface Classroom {
  readonly manifest: Manifest;
  readonly declared: Record<string, VolumeEntry>;
  readonly objects: RepairObject[];
  readonly volumes: VolumeFact[];
  readonly domains: DomainFact[];
}

const FOLDER = '/pool';
const TIME = '20261122010101';

/** The classroom of the recorded plans after a run that went through. */
export function classroom(generation: '0.8' | '0.9', stage: Stage = {}): Classroom {
  const stack = stackOf(stage, generation) as {
    output: { regraft: { value: unknown } };
    resource: { libvirt_volume: Record<string, { for_each?: Record<string, VolumeEntry> }> };
  };
  const manifest = parseManifest(stack.output.regraft.value, 'in a test');
  const declared: Record<string, VolumeEntry> = {};
  for (const [block, { for_each: entries = {} }] of Object.entries(stack.resource.libvirt_volume))
    for (const [key, entry] of Object.entries(entries))
      declared[`libvirt_volume.${block}[${JSON.stringify(key)}]`] = entry;

  const objects: RepairObject[] = [];
  const volumes: VolumeFact[] = [];
  const files = new Map<string, string>();
  for (const [address, role] of Object.entries(manifest.addresses)) {
    const name =
      role.role === 'overlay' || role.role === 'retained'
        ? `${role.clone}.${role.volume}.${role.base}.${TIME}.qcow2`
        : declared[address]?.file;
    if (name === undefined) continue;
    const path = `${FOLDER}/${name}`;
    const backed =
      'base' in role && role.role !== 'base'
        ? manifest.bases[`lab/${role.base}`]?.volumes[role.volume]?.file
        : undefined;
    files.set(address, path);
    objects.push({ address, type: 'libvirt_volume', attributes: { id: path, name, path } });
    volumes.push({
      name,
      path,
      allocation: 200_704,
      capacity: 2 ** 22,
      format: 'qcow2',
      ...(backed === undefined ? {} : { backing: `${FOLDER}/${backed}` }),
    });
  }
  const domains: DomainFact[] = [];
  for (const { clones } of Object.values(manifest.pools)) {
    for (const [name, { uuid, domain, volumes: disks }] of Object.entries(clones)) {
      const paths = Object.values(disks).map(({ target, address }) => ({
        target,
        path: files.get(address)!,
      }));
      domains.push({
        name,
        uuid,
        running: false,
        disks: paths.map(({ target, path }) => {
          const backing = volumes.find((volume) => volume.path === path)?.backing;
          return { target, path, device: 'disk', backingChain: backing === undefined ? [] : [backing] };
        }),
      });
      objects.push({
        address: domain,
        type: 'libvirt_domain',
        attributes: { id: uuid, name, disk: paths.map(({ path }) => ({ volume_id: path })) },
      });
    }
  }
  objects.push({
    address: 'libvirt_pool.lab["pool"]',
    type: 'libvirt_pool',
    attributes: { id: 'pool-uuid', name: 'pool' },
  });
  return { manifest, declared, objects, volumes, domains };
}

/** What a repair is planned from. */
export function givenOf(
  { manifest, declared, objects, volumes, domains }: Classroom,
  more: Partial<RepairGiven> & { readonly host?: Partial<RepairHost> } = {},
): RepairGiven {
  const { host, ...others } = more;
  return {
    wanted: manifest,
    applied: manifest,
    objects,
    declared,
    hosts: [
      {
        host: 'lab',
        domains,
        volumes,
        available: 2 ** 40,
        storage: { uuid: 'pool-uuid', path: FOLDER, active: true },
        conditions: {},
        backings: [],
        ...host,
      },
    ],
    ...others,
  };
}

/** An overlay's file. */
export function overlayFile(name: string, backing?: string, format = 'qcow2'): VolumeFact {
  return {
    name,
    path: `${FOLDER}/${name}`,
    allocation: 1,
    capacity: 2 ** 22,
    format,
    ...(backing === undefined ? {} : { backing: `${FOLDER}/${backing}` }),
  };
}
