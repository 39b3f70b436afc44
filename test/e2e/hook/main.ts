import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Volume } from 'regraft';
import type { Place } from '../../../lab/project';

/** Machines with both kinds of temporary volumes: a blank one, and an overlay on an image. */
const place = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as Place;
const { clones } = JSON.parse(readFileSync('change.json', 'utf8')) as { clones: string[] };

const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', {
  uri: place.uri,
  storage: { name: 'pool', path: place.storage },
});
const base = new Base(stack, 'guest', {
  host,
  volumes: {
    root: Volume.system({ image: place.images.v1 }),
    cache: Volume.temporary({ image: place.images.v2 }),
    scratch: Volume.temporary({ size: '16MiB' }),
    home: Volume.data({ size: '24MiB' }),
  },
});
new ClonePool(stack, 'students', {
  base,
  clones,
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs: place.consoleLogs },
});
app.synth();
