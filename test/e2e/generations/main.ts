import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, Health, LibvirtHost, Rebase, Volume } from 'regraft';

/** The code of a project in the lab, as a user writes it: the story of three generations copies it and changes its text. */
const { uri, storage, consoleLogs, images } = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as {
  uri: string;
  storage: string;
  consoleLogs: string;
  images: Record<string, string>;
};
const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', { uri, storage: { name: 'pool', path: storage } });
const image = new Base(stack, 'image', {
  host,
  volumes: {
    root: Volume.system({ image: images['v1']! }),
    scratch: Volume.temporary({ size: '16MiB' }),
    home: Volume.data({ size: '24MiB' }),
  },
});
const machine = { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs } as const;
const health = [Health.console(/"event":"ready"/, { interval: 1, retries: 120 })];
// The draft of the next generation: a pool of one.
new ClonePool(stack, 'draft-1', { base: image, clones: ['draft-1'], machine });
const students = new ClonePool(stack, 'students', {
  base: image,
  clones: ClonePool.numbered('student', 2),
  machine,
  health,
});
new Rebase(stack, 'to-next', { pool: students, to: image });
app.synth();
