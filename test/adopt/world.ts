import type { AdoptGiven } from '../../lib/adopt/proposal';
import type { DefinedMachine } from '../../lib/model/defined-machine';
import type { HostDisk, HostDomain, HostFile } from '../../lib/model/host-contents';
import type { Qcow2Header } from '../../lib/model/qcow2-header';

/** A host that a test describes by its machines and files. */
export class World {
  readonly files: HostFile[] = [];
  readonly domains: HostDomain[] = [];
  readonly machines = new Map<string, DefinedMachine>();
  readonly headers = new Map<string, Qcow2Header>();

  /** A file in the storage pool. */
  file(name: string, own: Partial<HostFile> = {}, header: Partial<Qcow2Header> = {}): string {
    const path = `/pool/${name}`;
    const { backing } = own;
    this.files.push({
      ...{
        path,
        name,
        pool: 'images',
        identity: path,
        presence: 'present',
        format: 'qcow2',
        capacity: 2 ** 30,
      },
      ...own,
    });
    this.headers.set(path, {
      ...{ version: 3, virtualSize: 2 ** 30, clusterBits: 16, hasBackingFile: backing !== undefined },
      ...{ snapshots: 0, encrypted: false, externalData: false, corrupt: false, incompatible: 0n },
      ...{ firstTable: { offset: 0, bytes: 0 }, backingFormat: backing?.format ?? null },
      ...header,
    });
    return path;
  }

  overlay(name: string, on: string, own: Partial<HostFile> = {}): string {
    return this.file(name, { backing: { path: on, format: 'qcow2' }, ...own });
  }

  /** A machine with virtio disks. */
  machine(name: string, paths: readonly string[], own: Partial<DefinedMachine> = {}): HostDomain {
    const uuid = `00000000-0000-4000-8000-${String(this.domains.length).padStart(12, '0')}`;
    const disks = paths.map((path, index): HostDisk => ({
      ...{ path, target: `vd${String.fromCharCode(97 + index)}`, device: 'disk', bus: 'virtio' },
      format: path.endsWith('.raw') ? 'raw' : 'qcow2',
    }));
    const domain: HostDomain = { name, uuid, running: false, xml: '', disks, liveDisks: [], kept: [] };
    this.domains.push(domain);
    this.machines.set(uuid, {
      machine: {
        ...{ vcpus: 1, memory: 2 ** 30, architecture: 'x86_64', machineType: 'pc-q35-7.2', cpuMode: '' },
        ...{ firmware: { kind: 'bios' }, accelerator: 'kvm', networks: [], graphics: { kind: 'none' } },
        guestAgent: true,
      },
      ...{ macs: [], unmodelled: [], notes: [] },
      ...(disks.length > 0 ? { boot: 'vda' } : {}),
      ...own,
    });
    return domain;
  }

  /** Changes a machine that is there. */
  change(name: string, own: Partial<HostDomain>): void {
    const index = this.domains.findIndex((domain) => domain.name === name);
    this.domains[index] = { ...this.domains[index]!, ...own };
  }

  given(own: Partial<AdoptGiven> = {}): AdoptGiven {
    const { files, domains, machines, headers } = this;
    const pools = [{ name: 'images', type: 'dir', path: '/pool', active: true }];
    return {
      ...{ contents: { pools, files, domains }, machines, headers, autostart: new Set<string>() },
      ...{ generation: '0.8', domains: [], without: [] },
      ...own,
    };
  }
}
