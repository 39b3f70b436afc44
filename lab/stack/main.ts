import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Rebase, Volume } from 'regraft';
import type { CodeChange, Place } from '../project';

/**
 * The stack of the demo and of the end-to-end stories. A user would edit code from one stage to the next; here `change.json` says
 * what the code says now, and the rest is as a user would write it.
 */
const place = JSON.parse(process.env['REGRAFT_LAB_PLACE']!) as Place;
const code = JSON.parse(readFileSync('change.json', 'utf8')) as CodeChange;

const app = new App();
const stack = new TerraformStack(app, 'lab');
const host = new LibvirtHost(stack, 'lab', {
  uri: place.uri,
  storage: { name: 'pool', path: place.storage },
});

function guest(version: 'v1' | 'v2') {
  return new Base(stack, `guest-${version}`, {
    host,
    retired: code.retiredBases?.includes(version) ?? false,
    volumes: {
      root: Volume.system({ image: place.images[version] }),
      scratch: Volume.temporary({ size: '16MiB' }),
      home: Volume.data({ size: '24MiB' }),
    },
  });
}

const bases = { v1: code.bases.includes('v1') && guest('v1'), v2: code.bases.includes('v2') && guest('v2') };
const base = bases[code.base];
if (!base) throw new Error(`the code has no base ${code.base}`);
// A user who purges a clone takes its overrides out of the code, too.
const isNamed = [...code.clones, ...(code.retired ?? [])].includes('student-02');
const students = new ClonePool(stack, 'students', {
  base,
  clones: code.clones,
  retired: code.retired ?? [],
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs: place.consoleLogs },
  overrides: isNamed ? { 'student-02': { volumes: { projects: Volume.data({ size: '24MiB' }) } } } : {},
});
if (code.rebase && bases.v2) new Rebase(stack, 'to-v2', { pool: students, to: bases.v2, ...code.rebase });
app.synth();
