import type { ProviderGeneration } from 'regraft';
import { Lab } from '../lab/lab';
import { providerInUse } from '../lab/provider';
import { Floor } from './provider/floor';
import { TerraformFleet } from './provider/terraform';

/**
 * What a fleet of clones of three volumes costs by regraft's own provider and by dmacvicar/libvirt, beside one virsh that
 * does the same work: `tsx bench/provider.ts [CLONES …]`. The machines are never started.
 */
type Step = 'create' | 'no-op plan' | 'rebase plan' | 'rebase apply' | 'destroy';
type Times = Readonly<Partial<Record<Step, number>>>;

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

async function terraform(lab: Lab, clones: number, provider: ProviderGeneration): Promise<Times> {
  const fleet = new TerraformFleet(lab, clones, provider);
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
    return { create, 'no-op plan': noop, 'rebase plan': plan, 'rebase apply': rebase, destroy };
  } finally {
    fleet.remove();
  }
}

async function contest(clones: number): Promise<void> {
  const contestants: Readonly<Record<string, (lab: Lab) => Promise<Times>>> = {
    'one virsh': (lab) => floor(lab, clones),
    'provider regraft': (lab) => terraform(lab, clones, 'regraft'),
    [`provider libvirt ${providerInUse().version}`]: (lab) =>
      terraform(lab, clones, providerInUse().version.startsWith('0.9') ? '0.9' : '0.8'),
  };
  console.log(`\n${clones} clones of 3 volumes, in seconds (ratio to one virsh)\n`);
  console.log(`| | ${STEPS.join(' | ')} |\n| --- |${STEPS.map(() => ' ---: |').join('')}`);
  let least: Times = {};
  for (const [name, run] of Object.entries(contestants)) {
    const lab = await Lab.start({ name: 'bench' });
    try {
      const times = await run(lab);
      if (name === 'one virsh') least = times;
      console.log(`| ${name} | ${STEPS.map((step) => cell(times[step], least[step])).join(' | ')} |`);
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
