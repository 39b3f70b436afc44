import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Base, ClonePool, Firmware, Network, Volume } from 'regraft';
import { exampleHost } from './host';

/** Database servers whose system is replaceable and whose data is not; the primary has volumes of its own besides. */
export class Databases extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const host = exampleHost(this, 'databases');

    const postgres = new Base(this, 'postgres-17', {
      host,
      volumes: {
        root: Volume.system({ image: 'images/postgres-17.qcow2', size: '16GiB' }),
        spill: Volume.temporary({ size: '32GiB' }),
        cluster: Volume.data({ size: '200GiB', bus: 'scsi' }),
      },
    });

    new ClonePool(this, 'postgres', {
      base: postgres,
      clones: ['primary', 'replica-01', 'replica-02'],
      machine: {
        vcpus: 4,
        memory: '16GiB',
        firmware: Firmware.uefi(),
        networks: [Network.bridge('br-db')],
        cloudInit: (clone) => ({
          userData: `#cloud-config\nhostname: ${clone}\nruncmd:\n  - echo "\${HOME}"\n`,
        }),
      },
      overrides: {
        primary: {
          vcpus: 8,
          memory: '64GiB',
          mac: '52:54:00:0d:0b:01',
          volumes: {
            wal: Volume.data({ size: '100GiB', bus: 'scsi' }),
            backup: Volume.data({ size: '1TiB', bus: 'sata' }),
          },
        },
      },
    });
  }
}
