import { readFileSync } from 'node:fs';
import { App, TerraformStack } from 'cdktf';
import { Base, ClonePool, LibvirtHost, Volume } from 'regraft';

/** What the code says now. */
interface Code {
  readonly uri: string;
  readonly storage: string;
  readonly consoleLogs: string;
  /** The image of the system volume that machines boot from, and its digest if the code says it. */
  readonly image: string;
  readonly sha256?: string;
  /** A raw image, for a second system volume and as the seed of a data volume. */
  readonly raw: string;
  /** A base of a file that is on the host already, and the size that the code says of it. */
  readonly existing?: { readonly file: string; readonly size: number };
}
const code = JSON.parse(readFileSync('change.json', 'utf8')) as Code;
const machine = { vcpus: 1, memory: '128MiB', accelerator: 'qemu' } as const;
const said = code.sha256 === undefined ? {} : { sha256: code.sha256 };

const app = new App();
const stack = new TerraformStack(app, 'lab');
const storage = { name: 'pool', path: code.storage };
const host = new LibvirtHost(stack, 'lab', { uri: code.uri, storage });
const golden = new Base(stack, 'golden', {
  host,
  volumes: {
    root: Volume.system({ image: code.image, boot: true, ...said }),
    apps: Volume.system({ image: code.raw, format: 'raw' }),
    docs: Volume.data({ size: '1MiB', seed: code.raw, seedFormat: 'raw' }),
  },
});
new ClonePool(stack, 'students', {
  base: golden,
  clones: ['student-01'],
  machine: { ...machine, consoleLogs: code.consoleLogs },
});
if (code.existing) {
  const { file, size } = code.existing;
  const base = Base.existing(stack, 'found', {
    host,
    volumes: { root: Volume.system({ existing: file, size }) },
  });
  new ClonePool(stack, 'guests', { base, clones: ['guest-01'], machine });
}
app.synth();
