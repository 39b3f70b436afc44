import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Base, ClonePool, Graphics, Network, Volume } from 'regraft';
import { exampleHost } from './host';

/** Terminals in a hall that remember nothing: no data volume, and what visitors leave behind is gone at shutdown. */
export class Kiosk extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const host = exampleHost(this, 'kiosk');

    const browser = new Base(this, 'browser-2026-11', {
      host,
      volumes: {
        root: Volume.system({ image: 'images/browser-2026-11.qcow2' }),
        // An overlay on an image, not a blank disk: each day begins with the same prepared profile.
        profile: Volume.temporary({ image: 'images/browser-profile.qcow2' }),
        cache: Volume.temporary({ size: '2GiB' }),
      },
    });

    new ClonePool(this, 'terminals', {
      base: browser,
      clones: ['entrance', 'library', 'canteen'],
      machine: {
        vcpus: 2,
        memory: '2GiB',
        networks: [Network.bridge('br0')],
        graphics: Graphics.spice(),
        guestAgent: false,
        autostart: true,
      },
    });
  }
}
