import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, Health, LibvirtHost, Rebase, Volume } from 'regraft';
import type { BaseVersion, CodeChange, Place } from '../project';

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

/** A user copies it from where the image comes from. */
function sha256(image: string): string {
  return createHash('sha256').update(readFileSync(image)).digest('hex');
}

function guest(version: BaseVersion) {
  return new Base(stack, `guest-${version}`, {
    host,
    retired: code.retiredBases?.includes(version) ?? false,
    volumes: {
      root: Volume.system({ image: place.images[version], sha256: sha256(place.images[version]) }),
      scratch: Volume.temporary({ size: '16MiB' }),
      home: Volume.data({ size: '24MiB' }),
    },
  });
}

const bases = new Map(code.bases.map((version) => [version, guest(version)]));
const base = bases.get(code.base);
if (!base) throw new Error(`the code has no base ${code.base}`);
// A user who purges a clone takes its overrides out of the code, too.
const isNamed = [...code.clones, ...(code.retired ?? [])].includes('student-02');
const students = new ClonePool(stack, 'students', {
  base,
  clones: code.clones,
  retired: code.retired ?? [],
  machine: { vcpus: 1, memory: '128MiB', accelerator: 'qemu', consoleLogs: place.consoleLogs },
  ...(code.health ? { health: [Health.console(/"event":"ready"/, { interval: 1, ...code.health })] } : {}),
  overrides: isNamed ? { 'student-02': { volumes: { projects: Volume.data({ size: '24MiB' }) } } } : {},
});
for (const [clone, text] of Object.entries(code.restore ?? {})) {
  students.clone(clone).domain.addOverride('restore', text);
}
const { to = 'v2', ...rebase } = code.rebase ?? {};
const next = bases.get(to);
if (code.rebase && next) new Rebase(stack, `to-${to}`, { pool: students, ...rebase, to: next });
app.synth();
