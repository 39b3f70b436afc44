import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Volume } from 'regraft';

/** Two hosts in one stack, each with a base and a pool; `change.json` says which hosts the code names. */
interface Code {
  readonly image: string;
  readonly hosts: Readonly<Record<string, { readonly uri: string; readonly storage: string }>>;
}
const code = JSON.parse(readFileSync('change.json', 'utf8')) as Code;

const app = new App();
const stack = new TerraformStack(app, 'lab');
for (const [name, { uri, storage }] of Object.entries(code.hosts)) {
  const host = new LibvirtHost(stack, name, { uri, storage: { name: 'pool', path: storage } });
  // The same base on both hosts: each host is a scope of its own for names.
  const base = new Base(host, 'guest', {
    host,
    volumes: { root: Volume.system({ image: code.image }), home: Volume.data({ size: '8MiB' }) },
  });
  new ClonePool(host, `students-${name}`, {
    base,
    clones: ['student-01'],
    machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu' },
  });
}
app.synth();
