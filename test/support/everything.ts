import type { TerraformStack } from 'cdktf';
import { Base, ClonePool, Firmware, Graphics, Network, Rebase, Volume } from 'regraft';
import type { PROVIDERS } from './declarations';
import { hostIn, MACHINE } from './declarations';
import { imagesAt } from './images-at';

/** A pool with all that a machine can have, in the middle of a rebase. */
export function everything(stack: TerraformStack, provider: (typeof PROVIDERS)[number]): void {
  const images = imagesAt(provider);
  const host = hostIn(stack, 'lab', { provider });
  const base = (name: string) =>
    new Base(stack, name, {
      host,
      volumes: {
        root: Volume.system({
          image: `${images}/a.qcow2`,
          size: '4GiB',
          boot: true,
          sha256: 'a'.repeat(64),
        }),
        apps: Volume.system({ image: `${images}/b.raw`, format: 'raw', size: '1GiB', bus: 'scsi' }),
        blank: Volume.temporary({ size: '1GiB', bus: 'sata' }),
        cache: Volume.temporary({ image: `${images}/c.qcow2`, bus: 'usb' }),
        home: Volume.data({
          size: '1GiB',
          seed: `${images}/d.raw`,
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
