import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, Firmware, Graphics, LibvirtHost, Network, Rebase, Volume } from 'regraft';

/** Machines and volumes of every shape in one stack, and a second stack that refers to the first one's storage and base. */
interface Code {
  readonly uri: string;
  readonly storage: string;
  readonly image: string;
  readonly sha256: string;
  readonly seed: string;
  readonly network: string;
  readonly rebase: boolean;
}
const code = JSON.parse(readFileSync('change.json', 'utf8')) as Code;
const storage = { name: 'pool', path: code.storage };
const machine = { vcpus: 1, memory: '128MiB', accelerator: 'qemu' } as const;

const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', { uri: code.uri, storage });
const rich = (name: string) =>
  new Base(stack, name, {
    host,
    volumes: {
      // The boot volume is neither the first by name nor alone on its bus: the machine boots from it all the same.
      root: Volume.system({ image: code.image, sha256: code.sha256, size: '96MiB', boot: true }),
      apps: Volume.system({ image: code.seed, bus: 'scsi' }),
      cache: Volume.temporary({ image: code.seed }),
      swap: Volume.temporary({ size: '8MiB', bus: 'sata' }),
      home: Volume.data({ size: '8MiB', bus: 'scsi' }),
      library: Volume.data({ size: '16MiB', seed: code.seed }),
    },
  });
const [first, second] = [rich('rich-v1'), rich('rich-v2')];
const bios = new ClonePool(stack, 'bios', {
  base: first,
  clones: ['bios-01'],
  machine: {
    ...machine,
    networks: [Network.named(code.network)],
    graphics: Graphics.vnc(),
    cloudInit: (name) => ({ userData: `#cloud-config\nhostname: ${name}\nruncmd: ['echo \${HOME}']\n` }),
  },
  overrides: {
    'bios-01': {
      memory: '160MiB',
      mac: '52:54:00:AA:bb:01',
      volumes: { extra: Volume.data({ size: '8MiB' }) },
    },
  },
});
new ClonePool(stack, 'uefi', {
  base: first,
  clones: ['uefi-01'],
  machine: { ...machine, firmware: Firmware.uefi(), guestAgent: false, autostart: true },
});
if (code.rebase) new Rebase(stack, 'to-v2', { pool: bios, to: second });

const other = new TerraformStack(app, 'other');
const sameHost = new LibvirtHost(other, 'lab', { uri: code.uri, storage: { ...storage, existing: true } });
const shared = Base.existing(other, 'rich-v1', {
  host: sameHost,
  volumes: { root: Volume.system({ existing: true, size: '96MiB' }), home: Volume.data({ size: '8MiB' }) },
});
new ClonePool(other, 'guests', { base: shared, clones: ['guest-01'], machine });
app.synth();
