/**
 * Records the plans in `fixtures/`: real Terraform on a real, private libvirt (see lab/), once for each provider.
 *
 *     npx tsx test/review/record-plans.ts            # as root, after node scripts/setup.mjs
 *     npx tsx test/review/record-plans.ts regraft    # regraft's own provider, as the end-to-end tests built it last
 *     RECORD_09=DIRECTORY npx tsx test/review/record-plans.ts 0.9   # DIRECTORY: a filesystem mirror with 0.9.x
 *     TERRAFORM_BINARY_NAME=…/tofu npx tsx test/review/record-plans.ts 0.8 few   # OpenTofu: as far as it differs
 *
 * Each step synthesizes a stage of one small classroom, writes the plan's JSON and, where the next step needs it,
 * applies that very plan. Only the temporary paths are replaced, so that the fixtures are the same on every machine.
 * About five minutes for each provider.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Lab } from '../../lab/lab';
import { readSetup } from '../../lab/setup';
import { type Stage, synthesize } from './classroom';

const run = promisify(execFile);
const fixtures = join(__dirname, 'fixtures');

interface Provider {
  readonly generation: '0.8' | '0.9' | 'regraft';
  readonly version: string;
  readonly mirror: string;
}

class Recorder {
  readonly stack: string;
  private readonly label: string;
  private recorded = 0;

  constructor(
    readonly lab: Lab,
    readonly provider: Provider,
    readonly work: string,
    readonly terraform: string,
  ) {
    this.stack = join(work, 'cdktf.out/stacks/lab');
    this.label = terraform.endsWith('tofu') ? `tofu-${provider.generation}` : provider.generation;
  }

  /** Synthesizes a stage and plans it; `apply` carries out that very plan. */
  async step(
    name: string,
    stage: Stage,
    options: { apply?: boolean; args?: string[]; fails?: boolean } = {},
  ): Promise<void> {
    const { apply = false, args = [], fails = false } = options;
    synthesize(stage, {
      folder: this.work,
      provider: providerOf(this.provider),
      uri: this.lab.uri,
      pool: join(this.lab.pools, 'pool'),
    });
    if (this.recorded === 0) await this.run('init', '-no-color');
    const plan = join(this.work, 'plan');
    await rm(plan, { force: true });
    const outcome = await this.run('plan', '-no-color', '-input=false', `-out=${plan}`, ...args).then(
      () => 'planned',
      (error: Error & { stdout: string; stderr: string }) => error.stderr + error.stdout,
    );
    if (fails !== (outcome !== 'planned'))
      throw new Error(`${name}: expected the plan to ${fails ? 'fail' : 'succeed'}: ${outcome}`);
    const json = (await this.run('show', '-json', plan)).stdout;
    const text = this.tidy(json);
    const file = join(fixtures, `${this.label}${this.label === 'regraft' ? '/' : '-'}${name}.json.gz`);
    await writeFile(file, gzipSync(text, { level: 9 }));
    this.recorded += 1;
    console.log(
      `${file.slice(fixtures.length + 1)}: ${text.length} bytes${fails ? ` (Terraform: ${outcome.split('\n').find((line) => line.includes('Error'))})` : ''}`,
    );
    // 0.8 starts each machine for a moment: few at once.
    if (apply) await this.run('apply', '-no-color', '-input=false', '-parallelism=4', plan);
  }

  /** Applies a stage that is expected to break off in the middle. */
  async breakOff(): Promise<void> {
    const outcome = await this.run('apply', '-no-color', '-input=false', join(this.work, 'plan')).then(
      () => 'applied',
      () => 'broken off',
    );
    if (outcome !== 'broken off') throw new Error('expected the apply to break off');
  }

  async run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run(this.terraform, args, {
      cwd: this.stack,
      maxBuffer: 256 * 1024 * 1024,
      env: { ...process.env, TF_CLI_CONFIG_FILE: join(this.work, 'terraform.rc'), CHECKPOINT_DISABLE: '1' },
    });
  }

  private tidy(json: string): string {
    const uri = this.lab.uri.replace(/^.*socket=/, '');
    return (
      json
        .replaceAll(uri, '%2Frun%2Flibvirt-sock')
        .replaceAll(this.lab.directory, '/lab')
        .replaceAll(this.work, '/work')
        .trimEnd() + '\n'
    );
  }
}

function providerOf({ generation, version }: Provider): 'regraft' | `${'0.8' | '0.9'}.${number}` {
  return generation === 'regraft' ? generation : `${generation}.${Number(version.split('.')[2])}`;
}

async function record(provider: Provider, terraform: string, only?: string): Promise<void> {
  const lab = await Lab.start({ name: 'record' });
  const work = await mkdtemp(join(tmpdir(), 'record-'));
  try {
    await writeFile(
      join(work, 'terraform.rc'),
      `provider_installation {\n  filesystem_mirror {\n    path = "${provider.mirror}"\n  }\n}\n`,
    );
    for (const version of ['v1', 'v2'])
      await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(work, `${version}.qcow2`), '4M']);
    const network = join(work, 'network.xml');
    await writeFile(network, '<network><name>default</name><bridge name="virbr0"/></network>');
    await lab.virsh('net-define', network);
    await lab.virsh('net-start', 'default');
    const at = new Recorder(lab, provider, work, terraform);
    await (provider.generation === 'regraft' ? ownSteps(at) : steps(at, only));
  } finally {
    await lab.stop();
    await rm(work, { recursive: true, force: true });
  }
}

/** The first apply, and a canary there and back. */
async function toRebaseAndBack(at: Recorder): Promise<void> {
  await at.step('create', {}, { apply: true });
  await at.step('nothing', {});
  await at.step('canary', { rebase: ['student-01'] }, { apply: true });
  await at.step('canary-nothing', { rebase: ['student-01'] });
  await at.step('revert', {}, { apply: true });
  await at.step('without-way-back', { rebase: 'all', retain: false });
}

/** A clone and the base that nobody stands on any more go, step by step. */
async function toRetirement(at: Recorder): Promise<void> {
  await at.step('retire', { base: 'debian-13', retired: ['student-02'] }, { apply: true });
  await at.step('bring-back', { base: 'debian-13' });
  await at.step('purge', { base: 'debian-13', clones: ['student-01'] }, { apply: true });
  await at.step(
    'retire-base',
    { base: 'debian-13', clones: ['student-01'], retiredBase: true },
    { apply: true },
  );
  await at.step(
    'drop-base',
    { base: 'debian-13', clones: ['student-01'], bases: ['debian-13'] },
    { apply: true },
  );
}

async function steps(at: Recorder, only?: string): Promise<void> {
  const replace = (...overlays: string[]): string[] =>
    overlays.map((name) => `-replace=libvirt_volume.students__${name}`);
  await toRebaseAndBack(at);
  await at.step('targeted', { rebase: 'all' }, { args: ['-target=libvirt_domain.students__student-01'] });
  if (only === 'few') return;
  await at.step('all', { rebase: 'all' }, { apply: true });
  await at.step(
    'restore-in-rebase',
    { rebase: 'all' },
    { args: replace('student-01__root__debian-13', 'student-01__scratch__debian-13') },
  );
  await at.step('promote', { base: 'debian-13' }, { apply: true });
  await at.step(
    'restore',
    { base: 'debian-13' },
    { args: replace('student-02__root__debian-13', 'student-02__scratch__debian-13'), apply: true },
  );
  await at.step('grow', { base: 'debian-13', memory: '96MiB' });
  await at.step('drop', { base: 'debian-13', clones: ['student-01'] }, { fails: true });
  await at.step('rename', { base: 'debian-13', pool: 'pupils' }, { fails: true });
  await at.step('destroy', { base: 'debian-13' }, { args: ['-destroy'], fails: true });
  await toRetirement(at);
  await at.step('add-base', { base: 'debian-13', clones: ['student-01'], other: true }, { apply: true });
  await at.step('drop-other', { base: 'debian-13', clones: ['student-01'] }, { apply: true });
  await at.lab.virsh('vol-delete', '--pool', 'pool', 'student-01.home.data.qcow2');
  // 0.8 cannot even read a machine whose volume is gone; 0.9 plans a new, empty volume.
  await at.step(
    'missing-data',
    { base: 'debian-13', clones: ['student-01'] },
    { fails: at.provider.generation === '0.8' },
  );
  if (at.provider.generation === '0.8') return;
  await at.run('apply', '-refresh-only', '-auto-approve', '-no-color');
  await at.step('missing-data-forgotten', { base: 'debian-13', clones: ['student-01'] }, { apply: true });
  await at.step('grown-pool', { base: 'debian-13', clones: ['student-01', 'student-03'] });
  // A machine of that name stands in the way, so that the run breaks off after the volumes were made.
  const machine = join(at.work, 'machine.xml');
  await writeFile(
    machine,
    '<domain type="qemu"><name>student-03</name><memory>1024</memory><os><type>hvm</type></os></domain>',
  );
  await at.lab.virsh('define', machine);
  await at.breakOff();
  await at.lab.virsh('undefine', 'student-03');
  await at.step('after-break-off', { base: 'debian-13', clones: ['student-01', 'student-03'] });
}

/** What `test/review/own-provider.ts` says by rules; a restore and a target are said otherwise there. */
async function ownSteps(at: Recorder): Promise<void> {
  await toRebaseAndBack(at);
  await at.step('all', { rebase: 'all' }, { apply: true });
  await at.step('promote', { base: 'debian-13' }, { apply: true });
  await at.step('grow', { base: 'debian-13', memory: '96MiB' });
  await toRetirement(at);
}

async function main(): Promise<void> {
  const { provider } = readSetup();
  const mirrors: Record<string, Provider> = {
    '0.8': { generation: '0.8', version: '0.8.3', mirror: provider.mirror ?? '' },
    '0.9': { generation: '0.9', version: '0.9.7', mirror: process.env['RECORD_09'] ?? '' },
    regraft: {
      generation: 'regraft',
      version: '0.1.0',
      mirror: join(__dirname, '../../dist/provider/mirror'),
    },
  };
  await mkdir(join(fixtures, 'regraft'), { recursive: true });
  const [generation, only] = process.argv.slice(2);
  const chosen = Object.values(mirrors).filter(
    (one) => one.mirror !== '' && (!generation || one.generation === generation),
  );
  for (const one of chosen) await record(one, process.env['TERRAFORM_BINARY_NAME'] ?? 'terraform', only);
}

void main();
