import type { ProviderGeneration } from 'regraft';
import { MAX_CLONES_PER_STACK } from 'regraft';
import { Lab } from '../lab/lab';
import { providerInUse } from '../lab/provider';
import { Floor } from './provider/floor';
import { ProviderMemory } from './provider/memory';
import { TerraformFleet } from './provider/terraform';

/**
 * What a fleet of clones of three volumes costs by regraft's own provider and by dmacvicar/libvirt, beside one virsh that
 * does the same work: `tsx bench/provider.ts [CLONES …]`. The machines are never started.
 */
type Step = 'create' | 'no-op plan' | 'rebase plan' | 'rebase apply' | 'destroy';
type Times = Readonly<Partial<Record<Step, number>>> & {
  /** MiB of the provider's process. */
  readonly memory?: number;
};

/** Up to so many clones Terraform's local state is tried too; a state of more is served as `regraft apply` serves it. */
const LOCAL = 100;

const STEPS: readonly Step[] = ['create', 'no-op plan', 'rebase plan', 'rebase apply', 'destroy'];

async function timed(act: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
}

async function floor(lab: Lab, clones: number): Promise<Times> {
  const virsh = new Floor(lab, clones);
  await virsh.prepare();
  const times = {
    create: await timed(() => virsh.create()),
    'rebase apply': await timed(() => virsh.rebase()),
    destroy: await timed(() => virsh.destroy()),
  };
  await virsh.remove();
  return times;
}

async function terraform(
  lab: Lab,
  clones: number,
  provider: ProviderGeneration,
  served = false,
): Promise<Times> {
  const fleet = new TerraformFleet(lab, clones, provider, served);
  const memory = new ProviderMemory();
  try {
    await fleet.write('created');
    await fleet.plan();
    const create = await timed(() => fleet.apply());
    const noop = await timed(() => fleet.plan());
    await fleet.write('rebased');
    const plan = await timed(() => fleet.plan());
    const rebase = await timed(() => fleet.apply());
    await fleet.write('gone');
    await fleet.plan();
    const destroy = await timed(() => fleet.apply());
    const steps = { create, 'no-op plan': noop, 'rebase plan': plan, 'rebase apply': rebase, destroy };
    memory.stop();
    return { ...steps, memory: memory.most };
  } finally {
    memory.stop();
    await fleet.remove();
  }
}

async function contest(clones: number): Promise<void> {
  const { version } = providerInUse();
  const contestants: Readonly<Record<string, (lab: Lab) => Promise<Times>>> = {
    'one virsh': (lab) => floor(lab, clones),
    ...(clones > LOCAL ? {} : { 'provider regraft': (lab: Lab) => terraform(lab, clones, 'regraft') }),
    'provider regraft, state served': (lab) => terraform(lab, clones, 'regraft', true),
    // A stack of provider libvirt holds 100 clones.
    ...(clones > MAX_CLONES_PER_STACK['0.8']
      ? {}
      : {
          [`provider libvirt ${version}`]: (lab: Lab) =>
            terraform(lab, clones, version.startsWith('0.9') ? '0.9' : '0.8'),
        }),
  };
  console.log(`\n${clones} clones of 3 volumes, in seconds (ratio to one virsh)\n`);
  console.log(`| | ${STEPS.join(' | ')} | memory |\n| --- |${' ---: |'.repeat(STEPS.length + 1)}`);
  let least: Times = {};
  for (const [name, run] of Object.entries(contestants)) {
    const lab = await Lab.start({ name: 'bench' });
    try {
      const times = await run(lab);
      if (name === 'one virsh') least = times;
      const cells = STEPS.map((step) => cell(times[step], least[step]));
      console.log(
        `| ${[name, ...cells, times.memory ? `${times.memory.toFixed(0)} MiB` : ''].join(' | ')} |`,
      );
    } finally {
      await lab.stop();
    }
  }
}

function cell(seconds: number | undefined, least: number | undefined): string {
  if (seconds === undefined) return '';
  return `${seconds.toFixed(1)}${least === undefined ? '' : ` (${(seconds / least).toFixed(1)})`}`;
}

void (async () => {
  const sizes = process.argv.slice(2).map(Number);
  for (const clones of sizes.length === 0 ? [100, 1000] : sizes) await contest(clones);
})();
