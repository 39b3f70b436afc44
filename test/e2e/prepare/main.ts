import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Volume } from 'regraft';

/** The code of a project in the lab, as a user writes it, with a draft whose data volume is raw. */
const { uri, storage, consoleLogs, images } = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as {
  uri: string;
  storage: string;
  consoleLogs: string;
  images: Record<string, string>;
};
const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', { uri, storage: { name: 'pool', path: storage } });
const v1 = new Base(stack, 'v1', {
  host,
  volumes: {
    root: Volume.system({ image: images['v1']! }),
    scratch: Volume.temporary({ size: '16MiB' }),
    home: Volume.data({ size: '8MiB', seed: 'home.raw', seedFormat: 'raw' }),
  },
});
new ClonePool(stack, 'drafts', {
  base: v1,
  clones: ['draft'],
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs },
});
app.synth();
