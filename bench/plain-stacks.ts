import { App, TerraformProvider, TerraformResource, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

/** An L1 resource whose attributes are known when it is made, as those that `cdktf get` writes. */
class PlainResource extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    type: string,
    private readonly attributes: Record<string, unknown>,
  ) {
    super(scope, id, { terraformResourceType: type });
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return this.attributes;
  }
}

class PlainProvider extends TerraformProvider {
  constructor(scope: Construct) {
    const source = 'dmacvicar/libvirt';
    super(scope, 'libvirt', {
      terraformResourceType: 'libvirt',
      terraformGeneratorMetadata: { providerName: 'libvirt' },
      terraformProviderSource: source,
    });
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return { uri: 'qemu:///system' };
  }
}

/** As many machines and volumes as {@link regraftApp} has, written by hand: for each a domain and three volumes. */
export function plainApp(outdir: string, size: { stacks: number; clones: number }): App {
  const app = new App({ outdir });
  for (let number = 0; number < size.stacks; number++) {
    const stack = new TerraformStack(app, `stack-${number}`);
    new PlainProvider(stack);
    for (let clone = 0; clone < size.clones; clone++) addMachine(stack, `clone-${number}-${clone}`);
  }
  return app;
}

function addMachine(stack: TerraformStack, name: string): void {
  const volumes = ['root', 'scratch', 'home'].map(
    (volume) =>
      new PlainResource(stack, `${name}-${volume}`, 'libvirt_volume', {
        name: `${name}.${volume}.qcow2`,
        pool: 'lab',
        capacity: 8 * 2 ** 30,
        target: { format: { type: 'qcow2' } },
        ...(volume === 'root'
          ? { backing_store: { path: '/var/lib/libvirt/lab/debian-12.qcow2', format: { type: 'qcow2' } } }
          : {}),
        lifecycle: { create_before_destroy: true, ignore_changes: ['name'] },
      }),
  );
  new PlainResource(stack, name, 'libvirt_domain', {
    name,
    type: 'kvm',
    vcpu: 2,
    memory: 2048,
    memory_unit: 'MiB',
    autostart: false,
    os: { type: 'hvm', type_arch: 'x86_64', type_machine: 'q35', boot_devices: [{ dev: 'hd' }] },
    cpu: { mode: 'host-passthrough' },
    features: { acpi: true, apic: {} },
    devices: {
      disks: volumes.map((volume, index) => ({
        device: 'disk',
        source: {
          volume: { pool: volume.getStringAttribute('pool'), volume: volume.getStringAttribute('name') },
        },
        target: { dev: `vd${'abc'.charAt(index)}`, bus: 'virtio' },
        driver: { name: 'qemu', type: 'qcow2' },
      })),
      serials: [{ target: { port: 0 } }],
      consoles: [{ target: { type: 'serial', port: 0 } }],
      rngs: [{ model: 'virtio', backend: { random: '/dev/urandom' } }],
    },
  });
}
