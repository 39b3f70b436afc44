import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, Health, LibvirtHost, Rebase, Volume } from 'regraft';

/** The code of a project in the lab, as a user writes it: the stories copy it and change its text. */
const { uri, storage, consoleLogs, images } = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as {
  uri: string;
  storage: string;
  consoleLogs: string;
  images: Record<string, string>;
};
const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', { uri, storage: { name: 'pool', path: storage } });
const guest = (version: string): Base<{ root: 'system'; scratch: 'temporary'; home: 'data' }> =>
  new Base(stack, `guest-${version}`, {
    host,
    volumes: {
      root: Volume.system({ image: images[version]! }),
      scratch: Volume.temporary({ size: '16MiB' }),
      home: Volume.data({ size: '24MiB' }),
    },
  });
const v1 = guest('v1');
const v2 = guest('v2');
const students = new ClonePool(stack, 'students', {
  base: v1,
  clones: ClonePool.numbered('student', 3),
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs },
  health: [Health.console(/"event":"ready"/, { interval: 1, retries: 120 })],
});
new Rebase(stack, 'to-v2', { pool: students, to: v2, clones: ['student-01'] });
app.synth();
