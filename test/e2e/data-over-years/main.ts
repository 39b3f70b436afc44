import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, Health, LibvirtHost, Rebase, Volume } from 'regraft';

/** The code of a project whose data lives for years, as a user writes it: the story changes its text. */
const { uri, storage, consoleLogs, images } = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as {
  uri: string;
  storage: string;
  consoleLogs: string;
  images: Record<string, string>;
};
const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', { uri, storage: { name: 'pool', path: storage } });
const guest = (
  version: string,
  size: '24MiB' | '48MiB' | '64MiB',
): Base<{ root: 'system'; scratch: 'temporary'; home: 'data' }> =>
  new Base(stack, `guest-${version}`, {
    host,
    volumes: {
      root: Volume.system({ image: images[version]! }),
      scratch: Volume.temporary({ size: '16MiB' }),
      home: Volume.data({ size }),
    },
  });
const v1 = guest('v1', '24MiB');
const v2 = guest('v2', '64MiB');
const students = new ClonePool(stack, 'students', {
  base: v1,
  clones: ['student-01', 'student-02'],
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs },
  health: [Health.console(/"event":"ready"/, { interval: 1, retries: 120 })],
});
new Rebase(stack, 'to-v2', { pool: students, to: v2 });
app.synth();
