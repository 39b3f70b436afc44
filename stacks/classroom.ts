import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Base, ClonePool, Network, Volume } from 'regraft';
import { exampleHost } from './host';

/** Thirty students, each with a machine of their own: the system is the school's, the home is theirs. */
export class Classroom extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const host = exampleHost(this, 'classroom');

    const debian12 = new Base(this, 'debian-12', {
      host,
      volumes: {
        root: Volume.system({ image: 'images/debian-12.qcow2' }),
        scratch: Volume.temporary({ size: '4GiB' }),
        home: Volume.data({ size: '20GiB' }),
      },
    });

    new ClonePool(this, 'students', {
      base: debian12,
      clones: ClonePool.numbered('student', 30),
      machine: { vcpus: 2, memory: '2GiB', networks: [Network.named('default')] },
      // Their project needs more than the others have; it stays when they move to another base.
      overrides: {
        'student-07': { memory: '8GiB', volumes: { thesis: Volume.data({ size: '100GiB' }) } },
      },
      // retired: ['student-13'] would take the machine away and keep the home.
    });
  }
}
