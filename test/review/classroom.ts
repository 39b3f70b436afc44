import { join } from 'node:path';
import { App, LocalBackend, TerraformResource, TerraformStack, Testing } from 'cdktf';
import type { ArchivedData } from '../../lib';
import { Base, ClonePool, LibvirtHost, Network, Rebase, Volume } from '../../lib';
import { stackJson } from '../support/synthesis';

/** A stage in the life of the small classroom that the recorded plans are of. */
export interface Stage {
  /** @default 'students' */
  readonly pool?: string;
  /** @default student-01 and student-02, those retired left out */
  readonly clones?: readonly string[];
  /** @default 'debian-12' */
  readonly base?: 'debian-12' | 'debian-13';
  /** @default both */
  readonly bases?: readonly string[];
  readonly rebase?: 'all' | readonly string[];
  readonly retain?: boolean;
  readonly retired?: readonly string[];
  /** Whether debian-12 is marked as retired. */
  readonly retiredBase?: boolean;
  readonly memory?: '64MiB' | '96MiB';
  /** Whether a resource that is not regraft's stands in the stack. */
  readonly other?: boolean;
  /** The names of data volumes that every clone has. @default home */
  readonly data?: readonly string[];
  /** @default true */
  readonly temporary?: boolean;
  /** Data volumes that clones take over from retired ones, as `CLONE/VOLUME` by clone and volume. */
  readonly given?: Readonly<Record<string, Readonly<Record<string, `${string}/${string}`>>>>;
  /** Data volumes that single clones have besides. @default student-02 has notes */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Where a stage is synthesized, and for which libvirt. */
export interface Surroundings {
  readonly folder: string;
  readonly provider: `${'0.8' | '0.9'}.${number}` | 'regraft';
  readonly uri: string;
  readonly pool: string;
}

/** Writes a stage's Terraform JSON below `folder`. */
export function synthesize(stage: Stage, { folder, provider, uri, pool }: Surroundings): void {
  const app = new App({ outdir: join(folder, 'cdktf.out') });
  const stack = new TerraformStack(app, 'lab');
  new LocalBackend(stack, { path: join(folder, 'terraform.tfstate') });
  declare(stack, stage, { folder, provider, uri, pool });
  app.synth();
}

/** A stage's Terraform JSON, of images that no one needs. */
export function stackOf(
  stage: Stage,
  generation: '0.8' | '0.9' | 'regraft',
  context: Readonly<Record<string, unknown>> = {},
): unknown {
  // Not Testing.app(), which leaves a folder behind each time; nothing is written here.
  const stack = new TerraformStack(new App({ outdir: '/nowhere', stackTraces: false, context }), 'lab');
  declare(stack, stage, {
    folder: generation === 'regraft' ? '/nowhere' : 'https://images.example',
    provider: generation === 'regraft' ? generation : `${generation}.3`,
    uri: 'qemu:///system',
    pool: '/pool',
  });
  return stackJson(Testing.synth(stack, true));
}

function declare(stack: TerraformStack, stage: Stage, { folder, provider, uri, pool }: Surroundings): void {
  const image = (name: string): string =>
    folder.startsWith('https:') ? `${folder}/${name}` : join(folder, name);
  const { data = ['home'], temporary = true, extra = { 'student-02': ['notes'] } } = stage;
  const host = new LibvirtHost(stack, 'lab', { uri, provider, storage: { name: 'pool', path: pool } });
  const bases = new Map(
    (stage.bases ?? ['debian-12', 'debian-13']).map((name) => [
      name,
      new Base(stack, name, {
        host,
        retired: (name === 'debian-12' && stage.retiredBase) ?? false,
        volumes: {
          root: Volume.system({ image: image(name === 'debian-12' ? 'v1.qcow2' : 'v2.qcow2') }),
          ...(temporary ? { scratch: Volume.temporary({ size: '2MiB' }) } : {}),
          ...Object.fromEntries(data.map((volume) => [volume, Volume.data({ size: '3MiB' })])),
        },
      }),
    ]),
  );
  const clones =
    stage.clones ?? ['student-01', 'student-02'].filter((name) => !stage.retired?.includes(name));
  const students = new ClonePool(stack, stage.pool ?? 'students', {
    base: bases.get(stage.base ?? 'debian-12')!,
    clones,
    retired: stage.retired ?? [],
    machine: {
      vcpus: 1,
      memory: stage.memory ?? '64MiB',
      accelerator: 'qemu',
      networks: [Network.named('default')],
    },
    overrides: Object.fromEntries(
      [...clones, ...(stage.retired ?? [])].map((clone) => [
        clone,
        { volumes: extraVolumes(extra[clone] ?? []), data: archivedData(stage.given?.[clone] ?? {}) },
      ]),
    ),
  });
  if (stage.rebase) {
    new Rebase(stack, 'to-debian-13', {
      pool: students,
      to: bases.get('debian-13')!,
      retain: stage.retain ?? true,
      ...(stage.rebase === 'all' ? {} : { clones: stage.rebase }),
    });
  }
  if (stage.other) {
    new TerraformResource(stack, 'note', { terraformResourceType: 'terraform_data' }).addOverride(
      'input',
      'not of regraft',
    );
  }
}

function archivedData(given: Readonly<Record<string, `${string}/${string}`>>): Record<string, ArchivedData> {
  return Object.fromEntries(Object.entries(given).map(([volume, of]) => [volume, Volume.archived(of)]));
}

function extraVolumes(names: readonly string[]): Record<string, Volume<'data'>> {
  return Object.fromEntries(names.map((name) => [name, Volume.data({ size: '1MiB', bus: 'scsi' })]));
}
