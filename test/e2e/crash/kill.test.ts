import { Lab } from '../../../lab/lab';
import type { KillPoint } from './crash-fleet';
import { CrashFleet } from './crash-fleet';
import { report } from './report';

/**
 * A rollout is killed with all that it has started, and the same command is run again.
 *
 * In CI at a few points; `npm run test:crash` sets REGRAFT_CRASH_POINTS and takes 40 points over the run, and every
 * phase boundary. Rebases and reverts take turns, so that both are broken off.
 */
const points = Number(process.env['REGRAFT_CRASH_POINTS'] ?? 0);
const full = points > 0;

const PHASES = [
  'asked',
  'off',
  'proving',
  'applying',
  'applied',
  'comparing',
  'starting',
  'started',
  'checking',
  'done',
];

let lab: Lab;
let fleet: CrashFleet;
/** How long a rollout takes when nothing breaks it off, in milliseconds. */
const span = { rebase: 0, revert: 0 };

beforeAll(async () => {
  lab = await Lab.start({ name: 'crash' });
  fleet = new CrashFleet(lab, full ? 6 : 3);
  await fleet.create();
});

afterAll(async () => {
  fleet?.project.remove();
  await lab?.stop();
});

function killPoints(): [string, (span: number) => KillPoint][] {
  const phases = full ? PHASES : ['applying', 'starting'];
  const over = full ? points : 1;
  return [
    ...phases.map((phase): [string, (span: number) => KillPoint] => [
      `as a machine is ${phase}`,
      () => ({ phase }),
    ]),
    ...(full
      ? ([['as the second wave begins', () => ({ wave: 2 })]] as [string, (span: number) => KillPoint][])
      : []),
    ...Array.from({ length: over }, (_, index): [string, (span: number) => KillPoint] => [
      `after ${index + 1}/${over + 1} of its time`,
      (span) => ({ after: (span * (index + 1)) / (over + 1) }),
    ]),
  ];
}

test('a rollout that is not killed takes all machines along, there and back, and is the measure for the others', async () => {
  for (const [verb, base] of [
    ['rebase', 'v2'],
    ['revert', 'v1'],
  ] as const) {
    const note = await fleet.writeNotes();
    const digests = await fleet.machines.dataDigests();
    fleet.project.write(base === 'v2' ? fleet.stages.rebased : fleet.stages.settled);
    const begun = Date.now();
    await fleet.applies();
    span[verb] = Date.now() - begun;
    expect(await fleet.faults({ base, note, digests })).toEqual([]);
  }
});

describe('a rollout that is killed', () => {
  let base: 'v1' | 'v2' = 'v1';

  test.each(killPoints())('%s: the same command finishes it, and nothing is lost', async (name, point) => {
    base = base === 'v1' ? 'v2' : 'v1';
    const verb = base === 'v2' ? 'rebase' : 'revert';
    const note = await fleet.writeNotes();
    const digests = await fleet.machines.dataDigests();
    fleet.project.write(base === 'v2' ? fleet.stages.rebased : fleet.stages.settled);
    fleet.leftRunning.clear();
    const killed = await fleet.applyAndKill(point(span[verb]));
    const left = [...fleet.leftRunning];
    await fleet.applies();
    const faults = await fleet.faults({ base, note, digests });
    const how = left.length === 0 ? killed : `${killed}; the provider left ${left.join(' and ')} running`;
    report(verb, `killed ${name}`, how, faults);
    expect(faults).toEqual([]);
  });
});
