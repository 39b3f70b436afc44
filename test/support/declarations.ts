import type { Construct } from 'constructs';
import type { LibvirtHostProps, MachineProps } from 'regraft';
import { imagesAt } from './images-at';
import { Base, ClonePool, LibvirtHost, Rebase, Volume } from 'regraft';

/** Both generations of dmacvicar/libvirt: what a test says for one it says for the other. */
export const GENERATIONS = ['0.8', '0.9'] as const;

/** All providers, for what does not depend on how one writes its resources. */
export const PROVIDERS = [...GENERATIONS, 'regraft'] as const;

/** A small machine. */
export const MACHINE: MachineProps = { vcpus: 1, memory: '512MiB' };

/** A host with nothing special about it. */
export function hostIn(stack: Construct, id = 'lab', props: Partial<LibvirtHostProps> = {}): LibvirtHost {
  return new LibvirtHost(stack, id, {
    uri: 'qemu:///system',
    storage: { name: 'pool', path: '/srv/pool' },
    ...props,
  });
}

/** The outline of {@link baseIn}. */
export type PlainOutline = { root: 'system'; scratch: 'temporary'; home: 'data' };

/** A base with one volume of each type, its image behind a URL so that no file is looked for. */
export function baseIn(stack: Construct, host: LibvirtHost, id: string): Base<PlainOutline> {
  return new Base(stack, id, {
    host,
    volumes: {
      root: Volume.system({ image: `${imagesAt(host.model.generation)}/${id}.qcow2`, size: '4GiB' }),
      scratch: Volume.temporary({ size: '1GiB' }),
      home: Volume.data({ size: '2GiB' }),
    },
  });
}

/** A host, two bases and a pool of three clones on the first. */
export function classroom(stack: Construct, provider: (typeof PROVIDERS)[number] = '0.9') {
  const host = hostIn(stack, 'lab', { provider });
  const v1 = baseIn(stack, host, 'v1');
  const v2 = baseIn(stack, host, 'v2');
  const pool = new ClonePool(stack, 'students', {
    base: v1,
    clones: ClonePool.numbered('student', 3),
    machine: MACHINE,
  });
  const rebase = (clones?: string[], retain?: boolean): Rebase<PlainOutline> =>
    new Rebase(stack, 'to-v2', {
      pool,
      to: v2,
      ...(clones === undefined ? {} : { clones }),
      ...(retain === undefined ? {} : { retain }),
    });
  return { host, v1, v2, pool, rebase };
}
