import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Volume } from 'regraft';
import type { Place } from '../../../lab/project';

/** Two stacks in one storage pool; `change.json` says what their code says now. */
export interface Code {
  /** The bases that Terraform makes in stack `lab`: a pool is on the first. */
  readonly managed: Readonly<Record<string, { readonly retired?: boolean }>>;
  /** What stack `desks` says of the base `golden`, which was made by other means. */
  readonly golden: 'used' | 'declared' | 'retired' | 'dropped';
}
const place = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as Place;
const code = JSON.parse(readFileSync('change.json', 'utf8')) as Code;
const machine = { vcpus: 1, memory: '128MiB', accelerator: 'qemu' } as const;

const app = new App();
const lab = new TerraformStack(app, 'lab');
const host = new LibvirtHost(lab, 'lab', { uri: place.uri, storage: { name: 'pool', path: place.storage } });
const bases = Object.entries(code.managed).map(
  ([name, { retired = false }]) =>
    new Base(lab, name, { host, retired, volumes: { root: Volume.system({ image: place.images.v1 }) } }),
);
new ClonePool(lab, 'students', { base: bases[0]!, clones: ['student-01'], machine });

const desks = new TerraformStack(app, 'desks');
const same = new LibvirtHost(desks, 'lab', {
  uri: place.uri,
  storage: { name: 'pool', path: place.storage, existing: true },
});
if (code.golden !== 'dropped') {
  const golden = Base.existing(desks, 'golden', {
    host: same,
    retired: code.golden === 'retired',
    volumes: { root: Volume.system({ existing: true, size: '64MiB' }) },
  });
  if (code.golden === 'used') new ClonePool(desks, 'desks', { base: golden, clones: ['desk-01'], machine });
}
app.synth();
