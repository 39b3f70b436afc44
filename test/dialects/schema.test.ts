import { existsSync } from 'node:fs';
import type { TerraformStack } from 'cdktf';
import { Base, ClonePool, Firmware, Graphics, Network, Rebase, Volume } from 'regraft';
import { checkFleets, stackOf } from '../support/check-fleets';
import { GENERATIONS, hostIn, MACHINE } from '../support/declarations';
import { ProviderSchema, SCHEMA_FOLDER } from '../support/provider-schema';
import { synthesize, type Synthesized } from '../support/synthesis';

const VERSIONS = { '0.8': '0.8.3', '0.9': '0.9.7' } as const;

const found = existsSync(SCHEMA_FOLDER);
if (!found) console.log(`skipped: the schemas of the providers are not in ${SCHEMA_FOLDER}`);

/** A pool with all that a machine can have, in the middle of a rebase. */
function everything(stack: TerraformStack, provider: (typeof GENERATIONS)[number]): void {
  const host = hostIn(stack, 'lab', { provider });
  const base = (name: string) =>
    new Base(stack, name, {
      host,
      volumes: {
        root: Volume.system({
          image: 'https://images.test/a.qcow2',
          size: '4GiB',
          boot: true,
          sha256: 'a'.repeat(64),
        }),
        apps: Volume.system({ image: 'https://images.test/b.raw', format: 'raw', size: '1GiB', bus: 'scsi' }),
        blank: Volume.temporary({ size: '1GiB', bus: 'sata' }),
        cache: Volume.temporary({ image: 'https://images.test/c.qcow2', bus: 'usb' }),
        home: Volume.data({
          size: '1GiB',
          seed: 'https://images.test/d.raw',
          seedFormat: 'raw',
          bus: 'scsi',
        }),
      },
    });
  const pool = new ClonePool(stack, 'rich', {
    base: base('v1'),
    clones: ['anna', 'bert', 'carl'],
    retired: ['carl'],
    machine: {
      ...MACHINE,
      firmware: Firmware.uefi(),
      graphics: Graphics.spice(),
      networks: [Network.named('default'), Network.bridge('br0')],
      consoleLogs: '/var/log/consoles',
      autostart: true,
      cpuMode: 'host-model',
      cloudInit: (clone) => ({ userData: clone, networkConfig: 'version: 2' }),
    },
    overrides: { anna: { mac: '52:54:00:00:00:01', volumes: { extra: Volume.data({ size: '1GiB' }) } } },
  });
  new Rebase(stack, 'to-v2', { pool, to: base('v2'), clones: ['anna'] });
  new ClonePool(stack, 'plain', {
    base: base('v3'),
    clones: ['dora'],
    machine: { ...MACHINE, graphics: Graphics.vnc(), guestAgent: false, accelerator: 'qemu' },
  });
}

function misfits(schema: ProviderSchema, { json }: Synthesized): string[] {
  return Object.entries(json.resource)
    .filter(([type]) => type.startsWith('libvirt_'))
    .flatMap(([type, blocks]) =>
      Object.entries(blocks).flatMap(([name, block]) =>
        schema.misfits(type, block).map((line) => `${name}: ${line}`),
      ),
    );
}

describe.each(GENERATIONS)(
  'every attribute exists in the provider’s schema with its type, provider %s',
  (generation) => {
    const schemaTest = found ? it : it.skip;

    schemaTest('of a pool with all that a machine can have', () => {
      const stack = synthesize((scope) => everything(scope, generation));
      expect(misfits(new ProviderSchema(VERSIONS[generation]), stack)).toEqual([]);
    });

    schemaTest('of any fleet', () => {
      const schema = new ProviderSchema(VERSIONS[generation]);
      checkFleets(generation, (fleet) => expect(misfits(schema, stackOf(fleet))).toEqual([]));
    });

    schemaTest('and one that does not, is of another type, computed or missing, is found', () => {
      const schema = new ProviderSchema(VERSIONS[generation]);
      expect(
        schema.misfits('libvirt_domain', {
          name: 1,
          type: 'kvm',
          colour: 'red',
          id: 'x',
          memory: 1,
          vcpu: 1,
        }),
      ).toEqual(
        expect.arrayContaining([
          'libvirt_domain.name: expected string, found 1',
          'libvirt_domain.colour: no such attribute',
        ]),
      );
      expect(schema.misfits('libvirt_pool', { type: 'dir' })).toContain(
        'libvirt_pool.name: required, and not set',
      );
      expect(schema.misfits('libvirt_cloud', {})).toEqual(['libvirt_cloud: no such resource']);
      if (generation === '0.9')
        expect(schema.misfits('libvirt_volume', { name: 'a', pool: 'p', path: '/a' })).toEqual([
          'libvirt_volume.path: computed only',
        ]);
    });
  },
);
