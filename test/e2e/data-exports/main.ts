import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Volume } from 'regraft';

/** The code of a project whose data volumes are exported, imported and given on: the story changes its text. */
const { uri, storage, images } = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as {
  uri: string;
  storage: string;
  images: Record<string, string>;
};
const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', { uri, storage: { name: 'pool', path: storage } });
const v1 = new Base(stack, 'guest-v1', {
  host,
  volumes: {
    root: Volume.system({ image: images['v1']! }),
    home: Volume.data({ size: '24MiB' }),
    notes: Volume.data({ size: '8MiB', seed: `${storage}/../../notes.raw`, seedFormat: 'raw' }),
  },
});
new ClonePool(stack, 'students', {
  base: v1,
  clones: ['student-01', 'student-02'],
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu' },
});
app.synth();
