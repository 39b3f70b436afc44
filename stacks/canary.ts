import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Base, ClonePool, Network, Rebase, Volume } from 'regraft';
import { exampleHost } from './host';

/**
 * A base update in its first stage: two of twelve desks try the new system, and can go back.
 *
 * Next come `clones` without the two names (all desks move), then `base: debian13` without the rebase (promoted).
 * Deleting the rebase reverts: the desks are back on the system that they had, their homes are as they left them.
 */
export class CanaryRebase extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const host = exampleHost(this, 'canary');

    const desktop = (name: string): Base<{ root: 'system'; swap: 'temporary'; home: 'data' }> =>
      new Base(this, name, {
        host,
        volumes: {
          root: Volume.system({ image: `images/${name}.qcow2` }),
          swap: Volume.temporary({ size: '2GiB' }),
          home: Volume.data({ size: '50GiB' }),
        },
      });
    const debian12 = desktop('debian-12');
    const debian13 = desktop('debian-13');

    const desks = new ClonePool(this, 'desks', {
      base: debian12,
      clones: ClonePool.numbered('desk', 12),
      machine: { vcpus: 4, memory: '8GiB', networks: [Network.named('default')] },
    });

    new Rebase(this, 'to-debian-13', { pool: desks, to: debian13, clones: ['desk-01', 'desk-02'] });
  }
}
