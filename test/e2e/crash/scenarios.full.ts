import { Lab } from '../../../lab/lab';
import { makeBlankImage } from '../rollout/blank-image';
import { holdStateLock } from '../rollout/held-lock';
import { CrashFleet } from './crash-fleet';
import { report } from './report';

/**
 * What keeps a rollout from its end without a kill: a machine that hears no power button, a base that does not boot, a
 * state that another holds. Only in `npm run test:crash`; CI shows the same in apply-busy, apply-health and apply-bundle.
 */
let lab: Lab;
let fleet: CrashFleet;

beforeAll(async () => {
  lab = await Lab.start({ name: 'scenarios' });
  makeBlankImage(lab);
  fleet = new CrashFleet(lab, 6);
  await fleet.create();
});

afterAll(async () => {
  fleet?.project.remove();
  await lab?.stop();
});

test('a machine that ignores its power button: the wave is given up, and when it hears again the same command finishes', async () => {
  const note = await fleet.writeNotes();
  const digests = await fleet.machines.dataDigests();
  await lab.virsh('suspend', fleet.running[1]!);
  fleet.project.write(fleet.stages.rebased);
  expect(await fleet.regraft.run('apply', '--auto-approve')).toMatchObject({ exitCode: 1 });
  await lab.virsh('resume', fleet.running[1]!);
  await fleet.applies();
  const faults = await fleet.faults({ base: 'v2', note, digests });
  report('rebase', 'a machine ignores ACPI', 'by the same command', faults);
  expect(faults).toEqual([]);
});

test('the state is locked by another: nothing is applied, and later the same command finishes', async () => {
  const note = await fleet.writeNotes();
  const digests = await fleet.machines.dataDigests();
  fleet.project.write(fleet.stages.settled);
  // The other has something to ask, and waits for the answer.
  expect(await fleet.regraft.run('plan')).toMatchObject({ exitCode: 2 });
  const release = await holdStateLock(fleet.project);
  try {
    expect(await fleet.regraft.run('apply', '--auto-approve')).toMatchObject({ exitCode: 1 });
  } finally {
    await release();
  }
  await fleet.applies();
  const faults = await fleet.faults({ base: 'v1', note, digests });
  report('revert', 'the state is locked by another', 'by the same command', faults);
  expect(faults).toEqual([]);
});

test('a base that does not boot: it stops after its canary, and taking the change back in the code finishes', async () => {
  const note = await fleet.writeNotes();
  const digests = await fleet.machines.dataDigests();
  const { settled } = fleet.stages;
  const withBlank = { ...settled, bases: [...settled.bases, 'blank' as const] };
  fleet.project.write({
    ...withBlank,
    health: { retries: 5 },
    rebase: { to: 'blank', waves: [1, '100%'] },
  });
  const said = await fleet.regraft.run('apply', '--auto-approve', '--shutdown-timeout', '30');
  expect(said).toMatchObject({ exitCode: 1 });
  fleet.project.write(withBlank);
  const back = ['apply', '--auto-approve', '--shutdown-timeout', '5', '--on-busy', 'force'];
  expect(await fleet.regraft.run(...back)).toMatchObject({ exitCode: 0 });
  const faults = await fleet.faults({ base: 'v1', note, digests });
  report('rebase', 'the new base does not boot', 'by taking it back in the code', faults);
  expect(faults).toEqual([]);
});
