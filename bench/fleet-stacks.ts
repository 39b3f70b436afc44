import { App, TerraformStack } from 'cdktf';
import type { ProviderGeneration } from 'regraft';
import { Base, ClonePool, LibvirtHost, Rebase, Volume } from 'regraft';

/** An app of stacks with clones of three volumes each, the way that a user writes it. */
export function regraftApp(
  outdir: string,
  size: { stacks: number; clones: number },
  provider: ProviderGeneration,
  rebased?: 'all' | 'named',
): App {
  const app = new App({ outdir });
  for (let number = 0; number < size.stacks; number++) addStack(app, number, size.clones, provider, rebased);
  return app;
}

function addStack(
  app: App,
  number: number,
  clones: number,
  provider: ProviderGeneration,
  rebased?: 'all' | 'named',
): void {
  const stack = new TerraformStack(app, `stack-${number}`);
  const storage = { name: 'lab', path: '/var/lib/libvirt/lab', existing: number > 0 };
  const host = new LibvirtHost(stack, 'host', { uri: 'qemu:///system', storage, provider });
  const base = (name: string) =>
    new Base(stack, name, {
      host,
      volumes: {
        root: Volume.system({ image: `https://images.test/${name}.qcow2`, size: '8GiB' }),
        scratch: Volume.temporary({ size: '4GiB' }),
        home: Volume.data({ size: '20GiB' }),
      },
    });
  const [v1, v2] = [base('debian-12'), base('debian-13')];
  const pool = new ClonePool(stack, `pool-${number}`, {
    base: v1,
    clones: ClonePool.numbered(`clone-${number}`, clones),
    machine: { vcpus: 2, memory: '2GiB' },
  });
  const named = ClonePool.numbered(`clone-${number}`, Math.ceil(clones * 0.9));
  if (rebased)
    new Rebase(stack, 'to-debian-13', { pool, to: v2, ...(rebased === 'named' ? { clones: named } : {}) });
}
